"""Rules that do by themselves what people would click: when something happens or at a time, if it fits, then do."""
