"""Notebooks in git: where one comes from, and how to get it. Nothing here knows of deployments or engines.

`reference` reads what a user names, `git` runs git, `checkout` gets one revision into a directory, `choosing`
finds the notebook in it, and `working_tree` says what git knows of a notebook's file.
"""
