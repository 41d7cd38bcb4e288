<?php
/**
 * What was published against what is there.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Walks the claim table by its key, in parts, so that memory stays flat at any size.
 */
class IGNY8_Reconcile {

	/**
	 * All contents that were published as posts.
	 *
	 * @param int $chunk Rows at once.
	 * @return Generator<array{content_id:string,post_id:int,state:string}> State is one of same, edited, trashed, missing.
	 */
	public static function walk( $chunk ) {
		global $wpdb;
		$map  = IGNY8_Tables::map();
		$last = '';
		do {
			$rows  = $wpdb->get_results( $wpdb->prepare( "SELECT content_id, post_id, content_hash FROM $map WHERE content_id > %s AND post_id > 0 AND done_run_id <> '' ORDER BY content_id LIMIT %d", $last, $chunk ) ); // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared
			$count = count( $rows );
			$live  = self::current_hashes( wp_list_pluck( $rows, 'post_id' ) );
			foreach ( $rows as $row ) {
				$last = $row->content_id;
				yield array(
					'content_id' => $row->content_id,
					'post_id'    => (int) $row->post_id,
					'state'      => self::state( $row, $live ),
				);
			}
		} while ( $count === $chunk );
	}

	/**
	 * Forgets a content whose post is gone, unless it is being published at this moment.
	 *
	 * @param string $content_id Content.
	 * @return bool
	 */
	public static function delete_claim( $content_id ) {
		global $wpdb;
		$map = IGNY8_Tables::map();
		return 1 === $wpdb->query( $wpdb->prepare( "DELETE m FROM $map m LEFT JOIN {$wpdb->posts} p ON p.ID = m.post_id WHERE m.content_id = %s AND m.state = 'published' AND m.post_id > 0 AND p.ID IS NULL", $content_id ) ); // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared
	}

	/**
	 * Hashes of posts as they stand.
	 *
	 * @param string[] $ids Post ids.
	 * @return array<int,string> By post id; empty for what is in the trash.
	 */
	private static function current_hashes( $ids ) {
		global $wpdb;
		if ( array() === $ids ) {
			return array();
		}
		$existing_ids = $wpdb->get_col( "SELECT ID FROM {$wpdb->posts} WHERE ID IN (" . implode( ',', array_map( 'intval', $ids ) ) . ')' ); // phpcs:ignore WordPress.DB.PreparedSQL
		$live         = array_fill_keys( array_map( 'intval', $existing_ids ), '' );
		foreach ( IGNY8_Post_Item::all_hashes( array_map( 'intval', $ids ) ) as $item ) {
			$live[ $item[0] ] = $item[1];
		}
		return $live;
	}

	/**
	 * How a content stands.
	 *
	 * @param object            $row  Row of the claim table.
	 * @param array<int,string> $live Of live().
	 * @return string
	 */
	private static function state( $row, $live ) {
		if ( ! isset( $live[ (int) $row->post_id ] ) ) {
			return 'missing';
		}
		$hash = $live[ (int) $row->post_id ];
		if ( '' === $hash ) {
			return 'trashed';
		}
		return $row->content_hash === $hash ? 'same' : 'edited';
	}
}
