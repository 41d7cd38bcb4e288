"""What WordPress has of our content. Nobody else writes these tables; everybody may read them.

What others call, each in a transaction of the caller's:

- after a publish: `published.remember_published`; of the page as visitors get it `visits`
- what WordPress reports: `terms.apply_term_items`, then `apply.apply_post_items` and `apply.apply_term_pages`;
  `apply.apply_partial`, `removals.mark_gone`, `terms.forget_terms`, `relations.forget_relations`,
  `address.move_addresses`, each change once by `sequences.claim_sequences`
- a person's decision: `decided.store_decision`; a term that was there before: `create.bind_term`
- an edit here: `drift_state.refresh_drift` (the hook `content_changed`)
- who may ask a site for something: `site_locks`
"""
