<?php
/**
 * The old version of a post.
 *
 * @package IGNY8
 */

/**
 * Keeps a post as it is in the database and puts it back, for when a rollback could not.
 */
class IGNY8_Snapshot {

	/**
	 * The post, its meta and its terms as JSON.
	 *
	 * @param int $post_id Post.
	 * @return string
	 */
	public static function take( $post_id ) {
		return (string) wp_json_encode( self::read( $post_id ), IGNY8_Claims::JSON );
	}

	/**
	 * The post of a snapshot; 0 when there is none.
	 *
	 * @param string|null $snapshot JSON.
	 * @return int
	 */
	public static function post_id( $snapshot ) {
		$data = null === $snapshot ? null : json_decode( $snapshot, true );
		return isset( $data['post']['ID'] ) ? (int) $data['post']['ID'] : 0;
	}

	/**
	 * Puts the old version back where it differs.
	 *
	 * @param string $snapshot JSON.
	 */
	public static function restore( $snapshot ) {
		global $wpdb;
		$old     = json_decode( $snapshot, true );
		$post_id = self::post_id( $snapshot );
		$now     = self::read( $post_id );
		if ( 0 === $post_id || array( $now['post'], $now['meta'], $now['terms'] ) === array( $old['post'], $old['meta'], $old['terms'] ) ) {
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
		self::count_again( array_unique( array_merge( array_column( $now['terms'], 'term_taxonomy_id' ), array_column( $old['terms'], 'term_taxonomy_id' ) ) ) );
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
			'last_id' => $wpdb->get_var( "SELECT MAX(ID) FROM {$wpdb->posts}" ),
		);
	}

	/**
	 * Counts the posts of terms again.
	 *
	 * @param array<int|string> $ids Term taxonomy ids.
	 */
	private static function count_again( $ids ) {
		foreach ( $ids as $id ) {
			$term = get_term_by( 'term_taxonomy_id', (int) $id );
			if ( $term instanceof WP_Term ) {
				wp_update_term_count_now( array( (int) $id ), $term->taxonomy );
			}
		}
	}
}
