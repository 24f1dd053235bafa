"""How people sign in: with address and password, or by the staff login provider."""
