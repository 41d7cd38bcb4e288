"""How a built site looks: palettes with checked contrast, scales of type and space, and what is written of them."""
