<?php
/**
 * The old version of posts.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Keeps posts as they are in the database and puts them back, for when a rollback could not.
 */
class IGNY8_Snapshot {

	/**
	 * The posts, their meta and their terms as JSON.
	 *
	 * @param int[] $post_ids Posts.
	 * @return string
	 */
	public static function take( $post_ids ) {
		return (string) wp_json_encode( array( 'posts' => array_map( array( __CLASS__, 'read' ), $post_ids ) ), IGNY8_Claims::JSON );
	}

	/**
	 * The posts of a snapshot.
	 *
	 * @param string|null $snapshot JSON.
	 * @return int[]
	 */
	public static function post_ids( $snapshot ) {
		$ids = array();
		foreach ( self::posts( $snapshot ) as $old ) {
			$ids[] = (int) $old['post']['ID'];
		}
		return $ids;
	}

	/**
	 * Puts the old versions back where they differ.
	 *
	 * @param string $snapshot JSON.
	 */
	public static function restore( $snapshot ) {
		foreach ( self::posts( $snapshot ) as $old ) {
			self::restore_post( $old );
		}
	}

	/**
	 * What a snapshot holds.
	 *
	 * @param string|null $snapshot JSON.
	 * @return array<int,array<string,mixed>>
	 */
	private static function posts( $snapshot ) {
		$data = null === $snapshot ? null : json_decode( $snapshot, true );
		return isset( $data['posts'] ) ? $data['posts'] : array();
	}

	/**
	 * Puts one old version back.
	 *
	 * @param array<string,mixed> $old What was read.
	 */
	private static function restore_post( $old ) {
		global $wpdb;
		$post_id = (int) $old['post']['ID'];
		IGNY8_Watcher::mark_own( $post_id );
		$now = self::read( $post_id );
		if ( array( $now['post'], $now['meta'], $now['terms'], $now['seo'] ) === array( $old['post'], $old['meta'], $old['terms'], $old['seo'] ) ) {
			return;
		}
		$newer = $wpdb->get_col( $wpdb->prepare( "SELECT ID FROM {$wpdb->posts} WHERE post_type = 'revision' AND post_parent = %d AND ID > %d", $post_id, $old['last_id'] ) );
		foreach ( $newer as $revision ) {
			IGNY8_Cleanup::remove_post( (int) $revision );
		}
		$wpdb->replace( $wpdb->posts, $old['post'] );
		$wpdb->delete( $wpdb->postmeta, array( 'post_id' => $post_id ) );
		foreach ( $old['meta'] as $meta ) {
			$wpdb->insert( $wpdb->postmeta, $meta );
		}
		$wpdb->delete( $wpdb->term_relationships, array( 'object_id' => $post_id ) );
		foreach ( $old['terms'] as $relation ) {
			$wpdb->insert( $wpdb->term_relationships, $relation );
		}
		IGNY8_Seo::put_table_rows( $post_id, $old['seo'] );
		self::recount_terms( array_unique( array_merge( array_column( $now['terms'], 'term_taxonomy_id' ), array_column( $old['terms'], 'term_taxonomy_id' ) ) ) );
		IGNY8_Cleanup::forget_post( $post_id );
	}

	/**
	 * Reads a post past all caches.
	 *
	 * @param int $post_id Post.
	 * @return array<string,mixed>
	 */
	private static function read( $post_id ) {
		global $wpdb;
		return array(
			'post'    => $wpdb->get_row( $wpdb->prepare( "SELECT * FROM {$wpdb->posts} WHERE ID = %d", $post_id ), ARRAY_A ),
			'meta'    => $wpdb->get_results( $wpdb->prepare( "SELECT meta_id, post_id, meta_key, meta_value FROM {$wpdb->postmeta} WHERE post_id = %d ORDER BY meta_id", $post_id ), ARRAY_A ),
			'terms'   => $wpdb->get_results( $wpdb->prepare( "SELECT object_id, term_taxonomy_id, term_order FROM {$wpdb->term_relationships} WHERE object_id = %d ORDER BY term_taxonomy_id", $post_id ), ARRAY_A ),
			'seo'     => IGNY8_Seo::table_rows( $post_id ),
			'last_id' => $wpdb->get_var( "SELECT MAX(ID) FROM {$wpdb->posts}" ),
		);
	}

	/**
	 * Counts the posts of terms again.
	 *
	 * @param array<int|string> $ids Term taxonomy ids.
	 */
	private static function recount_terms( $ids ) {
		foreach ( $ids as $id ) {
			$term = get_term_by( 'term_taxonomy_id', (int) $id );
			if ( $term instanceof WP_Term ) {
				wp_update_term_count_now( array( (int) $id ), $term->taxonomy );
			}
		}
	}
}
