"""JupyterLab in a real browser: end to end, as a user sees it."""
