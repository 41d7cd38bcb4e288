"""The blocks that pages are made of: fields with limits, and what of them is shown.

`single` and `several` have one class for each block. It says once what is shown, as a tree of `nodes`; `html` and
`gutenberg` write that tree as a web page, and as the block editor of WordPress would save it.
"""
