"""A planned site brought to WordPress: a plan first, then its pages, front page and menu; and all of it taken back.

A run of it may be killed at any point: every step is recorded before it is taken, and looks first what is there.
"""
