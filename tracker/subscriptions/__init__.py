"""Readers who follow the log: by e-mail, by webhook, and hubs that pass its feeds on."""
