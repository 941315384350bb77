"""Figures for whoever runs a workspace: what happens, what rises, what is refused, how turns fare. No page here."""
