<?php
/**
 * What the app knows of a published post.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * The column `told` of the map: a hash of the post as the app was told of it last, by the result of a publish or by an
 * event that it acknowledged. What is still so needs no telling: that is how a publish does not come back as a change.
 */
class IGNY8_Told {

	/**
	 * Hash of what both an item and a result have.
	 *
	 * @param array<string,mixed> $item Item of GET posts, or result of a publish.
	 * @return string
	 */
	public static function hash( $item ) {
		// Neither hash covers the address, which changes with the page above or the permalink settings.
		return hash( 'sha256', $item['content_hash'] . $item['state_hash'] . $item['permalink'] );
	}

	/**
	 * At the end of a publish, inside its transaction.
	 *
	 * @param string              $content_id Content.
	 * @param array<string,mixed> $result     The contract's result.
	 */
	public static function published( $content_id, $result ) {
		global $wpdb;
		IGNY8_Quiet_Query::run( $wpdb->prepare( 'UPDATE ' . IGNY8_Tables::map() . ' SET told = %s WHERE content_id = %s', self::hash( $result ), $content_id ) ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
		IGNY8_Outbox::retell( $result['post_id'] );
	}

	/**
	 * When an event was acknowledged, unless a publish told something newer meanwhile.
	 *
	 * @param array{post_id:int,before:string,after:string} $told Of IGNY8_Outbox_Events.
	 */
	public static function delivered( $told ) {
		global $wpdb;
		if ( $told['before'] !== $told['after'] ) {
			IGNY8_Quiet_Query::run( $wpdb->prepare( 'UPDATE ' . IGNY8_Tables::map() . ' SET told = %s WHERE post_id = %d AND told = %s', $told['after'], $told['post_id'], $told['before'] ) ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
		}
	}

	/**
	 * When the app fetched events of posts: what they told is not known any more, so all is told from now on.
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
	 * What the map has of posts.
	 *
	 * @param int[] $ids Post ids.
	 * @return array<int,array{told:string,content_id:string}> By post id.
	 */
	public static function read( $ids ) {
		global $wpdb;
		$found = array();
		$list  = implode( ',', array_filter( array_map( 'intval', $ids ) ) );
		foreach ( '' === $list ? array() : $wpdb->get_results( 'SELECT post_id, content_id, told FROM ' . IGNY8_Tables::map() . " WHERE post_id IN ($list)" ) as $row ) { // phpcs:ignore WordPress.DB.PreparedSQL
			$found[ (int) $row->post_id ] = array(
				'told'       => $row->told,
				'content_id' => $row->content_id,
			);
		}
		return $found;
	}
}
