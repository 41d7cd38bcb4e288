<?php
/**
 * The pictures of a planned site in the media library.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- trash is read by a hash in bulk: no function of WordPress does it.

/**
 * Puts pictures that a deploy brought into the trash when it is taken back, and brings them back with its pages.
 *
 * Their files stay on their place meanwhile, so that a page that somebody takes out of the trash shows them.
 */
class IGNY8_Setup_Images {

	const MOST = 100;

	/**
	 * The hashes of a body.
	 *
	 * @param array<string,mixed> $data Body.
	 * @return string[]
	 */
	public static function hashes( $data ) {
		$hashes = isset( $data['images'] ) ? $data['images'] : array();
		if ( ! is_array( $hashes ) || count( $hashes ) > self::MOST || preg_grep( '/^[0-9a-f]{64}\z/', array_filter( $hashes, 'is_string' ), PREG_GREP_INVERT ) || array_filter( $hashes, 'is_string' ) !== $hashes ) {
			IGNY8_Payload::refuse( 'images' );
		}
		return array_values( array_unique( $hashes ) );
	}

	/**
	 * Takes pictures out of the trash, unless the same one is in the library already.
	 *
	 * @param string[] $hashes Hashes.
	 * @return array<string,mixed> The contract's result.
	 */
	public static function bring_back( $hashes ) {
		$there = IGNY8_Media::find( $hashes );
		foreach ( self::trashed( array_diff( $hashes, array_keys( $there ) ) ) as $hash => $id ) {
			if ( current_user_can( 'delete_post', $id ) && wp_untrash_post( $id ) ) {
				$there[ $hash ] = $id;
			}
		}
		return array( 'images' => (object) $there );
	}

	/**
	 * Moves pictures to the trash that nothing shows any more but what is in the trash.
	 *
	 * @param string[] $hashes Hashes.
	 * @return array<string,mixed> The contract's result.
	 */
	public static function trash( $hashes ) {
		$trashed = array();
		$kept    = array();
		foreach ( IGNY8_Media::find( $hashes ) as $hash => $id ) {
			if ( EMPTY_TRASH_DAYS && current_user_can( 'delete_post', $id ) && ! IGNY8_Image_Usage::is_used( $id, 0, false ) && wp_trash_post( $id ) ) {
				$trashed[] = $hash;
			} else {
				$kept[] = $hash;
			}
		}
		return compact( 'trashed', 'kept' );
	}

	/**
	 * Attachments that are in the trash.
	 *
	 * @param string[] $hashes Hashes.
	 * @return array<string,int> Attachment ids by hash.
	 */
	private static function trashed( $hashes ) {
		global $wpdb;
		if ( array() === $hashes ) {
			return array();
		}
		$marks = implode( ',', array_fill( 0, count( $hashes ), '%s' ) );
		$rows  = $wpdb->get_results(
			$wpdb->prepare(
				"SELECT m.post_id, m.meta_value FROM {$wpdb->postmeta} m JOIN {$wpdb->posts} p ON p.ID = m.post_id WHERE m.meta_key = %s AND m.meta_value IN ($marks) AND p.post_type = 'attachment' AND p.post_status = 'trash' ORDER BY m.post_id", // phpcs:ignore WordPress.DB
				array_merge( array( IGNY8_Media::HASH_META ), array_values( $hashes ) )
			)
		);
		$ids   = array();
		foreach ( $rows as $row ) {
			$file = get_attached_file( (int) $row->post_id );
			if ( is_string( $file ) && file_exists( $file ) ) {
				$ids[ $row->meta_value ] = (int) $row->post_id; // phpcs:ignore WordPress.DB.SlowDBQuery -- a column that was read.
			}
		}
		return $ids;
	}
}
