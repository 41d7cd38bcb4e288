"""From the answers of the wizard to pages with sections: by rule, or by a model."""
