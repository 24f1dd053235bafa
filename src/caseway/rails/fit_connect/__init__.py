"""FIT-Connect: applications sent and received over the delivery service of the German administration.

Source: Submission API 1.1.3 (v1) and what is publicly known of v2, Routing API 2.0.0, metadata 1.x and 2.x,
security event tokens (RFC 8417). README.md tells what is doubtful.
"""
