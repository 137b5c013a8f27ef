"""Drives real clients against a real server and checks what is decoded at the far end."""
