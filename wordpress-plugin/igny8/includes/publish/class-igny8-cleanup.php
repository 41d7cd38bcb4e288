<?php
/**
 * Undoing.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Removes what a run made and did not finish: draft, terms, attachments, files; and restores a half-written post.
 *
 * May be called again and again: each step looks at what is there.
 */
class IGNY8_Cleanup {

	/**
	 * Removes everything an unfinished run left. The claim itself stays.
	 *
	 * @param string $content_id Content.
	 * @param string $run_id     Run.
	 * @return bool False when the run went on meanwhile.
	 */
	public static function clean( $content_id, $run_id ) {
		for ( $attempt = 0; $attempt < 3; $attempt++ ) {
			$row = IGNY8_Claims::row( $content_id );
			if ( null === $row || 'claimed' !== $row['state'] || $row['run_id'] !== $run_id ) {
				return false;
			}
			if ( '' !== $row['phase'] || ! IGNY8_Status::all_innodb() ) {
				self::undo_writing( $row );
			}
			$attachments = array();
			foreach ( $row['attachments'] as $entry ) {
				if ( empty( $entry['new'] ) ) {
					$attachments[] = $entry;
				} else {
					self::remove_attachment( $entry, $content_id );
				}
			}
			if ( IGNY8_Claims::replace_attachments( $row, $attachments ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Removes a post with everything that hangs on it, also when only the things that hang on it are left.
	 *
	 * @param int $post_id Post.
	 */
	public static function remove_post( $post_id ) {
		global $wpdb;
		IGNY8_Watcher::mark_own( $post_id );
		self::forget_post( $post_id );
		if ( null !== $wpdb->get_var( $wpdb->prepare( "SELECT ID FROM {$wpdb->posts} WHERE ID = %d", $post_id ) ) ) {
			try {
				wp_delete_post( $post_id, true );
			} catch ( Throwable $thrown ) {
				// A hook that fails on deletion must not keep the half-made post alive.
				$wpdb->delete( $wpdb->posts, array( 'ID' => $post_id ) );
			}
		}
		$wpdb->delete( $wpdb->postmeta, array( 'post_id' => $post_id ) );
		$wpdb->delete( $wpdb->term_relationships, array( 'object_id' => $post_id ) );
		IGNY8_Seo::put_table_rows( $post_id, array() );
		self::forget_post( $post_id );
	}

	/**
	 * Removes a term that a run made, unless something uses it by now.
	 *
	 * @param int $term_id Term.
	 */
	public static function remove_term( $term_id ) {
		global $wpdb;
		$taxonomy = (string) $wpdb->get_var( $wpdb->prepare( "SELECT taxonomy FROM {$wpdb->term_taxonomy} WHERE term_id = %d", $term_id ) );
		clean_term_cache( $term_id, $taxonomy );
		$used = $wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM {$wpdb->term_relationships} r JOIN {$wpdb->term_taxonomy} t ON t.term_taxonomy_id = r.term_taxonomy_id WHERE t.term_id = %d LIMIT 1", $term_id ) );
		if ( null !== $used ) {
			return;
		}
		try {
			if ( '' !== $taxonomy ) {
				wp_delete_term( $term_id, $taxonomy );
			}
		} catch ( Throwable $thrown ) {
			// A hook that fails on deletion must not keep the term alive.
			$wpdb->delete( $wpdb->term_taxonomy, array( 'term_id' => $term_id ) );
		}
		$wpdb->delete( $wpdb->terms, array( 'term_id' => $term_id ) );
		$wpdb->delete( $wpdb->termmeta, array( 'term_id' => $term_id ) );
		clean_term_cache( $term_id, $taxonomy );
	}

	/**
	 * Drops a post from the object cache; clean_post_cache() gives up when the row is gone.
	 *
	 * @param int $post_id Post.
	 */
	public static function forget_post( $post_id ) {
		clean_post_cache( $post_id );
		wp_cache_delete( $post_id, 'posts' );
		wp_cache_delete( $post_id, 'post_meta' );
		wp_cache_set( 'last_changed', microtime(), 'posts' );
		foreach ( get_taxonomies() as $taxonomy ) {
			wp_cache_delete( $post_id, $taxonomy . '_relationships' );
		}
	}

	/**
	 * Undoes a transaction that was committed in part, or a draft that never went live.
	 *
	 * @param array<string,mixed> $row Claim.
	 */
	public static function undo_writing( $row ) {
		global $wpdb;
		$drafts = $wpdb->get_col( $wpdb->prepare( "SELECT post_id FROM {$wpdb->postmeta} WHERE meta_key = '_igny8_run_id' AND meta_value = %s", $row['run_id'] ) );
		$drafts = array_unique( array_map( 'intval', array_merge( $drafts, array( $row['draft_id'] ) ) ) );
		$live   = IGNY8_Snapshot::post_ids( $row['snapshot'] );
		foreach ( $drafts as $post_id ) {
			if ( $post_id > 0 && $post_id !== $row['post_id'] && ! in_array( $post_id, $live, true ) ) {
				self::remove_post( $post_id );
			}
		}
		if ( null !== $row['snapshot'] ) {
			IGNY8_Snapshot::restore( $row['snapshot'] );
		}
		foreach ( $wpdb->get_col( $wpdb->prepare( "SELECT term_id FROM {$wpdb->termmeta} WHERE meta_key = '_igny8_run_id' AND meta_value = %s", $row['run_id'] ) ) as $term_id ) {
			self::remove_term( (int) $term_id );
		}
	}

	/**
	 * Removes an attachment with its files, unless another content uses it.
	 *
	 * @param array<string,mixed> $entry      Entry of the claim.
	 * @param string              $content_id Content.
	 */
	private static function remove_attachment( $entry, $content_id ) {
		if ( $entry['id'] > 0 ) {
			if ( IGNY8_Claims::used_elsewhere( $entry['id'], $content_id ) ) {
				IGNY8_Claims::hand_over_attachment( $entry['id'], $content_id );
			} else {
				IGNY8_Media::delete( $entry['id'] );
			}
			return;
		}
		IGNY8_Media::delete_planned_file( $entry['file'], $entry['sha'] );
	}
}
