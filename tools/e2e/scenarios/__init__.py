"""Scenarios, by what they are about. Importing a module registers those in it."""
