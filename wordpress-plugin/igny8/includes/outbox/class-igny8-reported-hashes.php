<?php
/**
 * Hashes of the posts as they were last reported to the app.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * The column `told` of the map holds a hash of the post as it was last reported to the app, by the result of a publish
 * or by an event that the app acknowledged. A post with the same hash is not reported again: that is why a publish does
 * not come back to the app as a change.
 */
class IGNY8_Reported_Hashes {

	/**
	 * Hash of the fields that items and results share.
	 *
	 * @param array<string,mixed> $item Item of GET posts, or result of a publish.
	 * @return string
	 */
	public static function hash( $item ) {
		// Neither hash covers the address, which changes with the page above or the permalink settings.
		return hash( 'sha256', $item['content_hash'] . $item['state_hash'] . $item['permalink'] );
	}

	/**
	 * Stores the hash of an acknowledged event, unless a publish reported something newer meanwhile.
	 *
	 * @param array{post_id:int,before:string,after:string} $delivery Of IGNY8_Outbox_Events.
	 */
	public static function mark_delivered( $delivery ) {
		global $wpdb;
		if ( $delivery['before'] !== $delivery['after'] ) {
			IGNY8_Quiet_Query::run( $wpdb->prepare( 'UPDATE ' . IGNY8_Tables::map() . ' SET told = %s WHERE post_id = %d AND told = %s', $delivery['after'], $delivery['post_id'], $delivery['before'] ) ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
		}
	}

	/**
	 * Forgets the hashes of posts whose events the app fetched itself, so that the next change is reported in any case.
	 *
	 * @param int[] $post_ids Posts.
	 */
	public static function clear( $post_ids ) {
		$list = implode( ',', array_filter( array_map( 'intval', $post_ids ) ) );
		if ( '' !== $list ) {
			IGNY8_Quiet_Query::run( 'UPDATE ' . IGNY8_Tables::map() . " SET told = '' WHERE post_id IN ($list)" );
		}
	}

	/**
	 * Reads the hashes of posts from the map.
	 *
	 * @param int[] $ids Post ids.
	 * @return array<int,array{told:string,content_id:string}> By post id.
	 */
	public static function read( $ids ) {
		global $wpdb;
		$entries = array();
		$list    = implode( ',', array_filter( array_map( 'intval', $ids ) ) );
		foreach ( '' === $list ? array() : $wpdb->get_results( 'SELECT post_id, content_id, told FROM ' . IGNY8_Tables::map() . " WHERE post_id IN ($list)" ) as $row ) { // phpcs:ignore WordPress.DB.PreparedSQL
			$entries[ (int) $row->post_id ] = array(
				'told'       => $row->told,
				'content_id' => $row->content_id,
			);
		}
		return $entries;
	}
}
