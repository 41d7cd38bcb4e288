"""The site-wide link plan: what is wrong with the links between a site's pages, and what would mend it.

reading → addresses → findings (with graph) → placing → drawing make a plan; repairs and runs apply what is chosen.
"""
