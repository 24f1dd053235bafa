"""Questions the screens ask: pure reads over the models, named after what they answer."""
