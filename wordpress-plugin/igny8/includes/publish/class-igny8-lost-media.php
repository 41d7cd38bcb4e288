<?php
/**
 * Attachments that the plugin no longer knows.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Finds the images of a content again by the bytes of their files, when what attachments remember of the app is gone.
 */
class IGNY8_Lost_Media {

	const AT_MOST = 200;

	/**
	 * Marks the images of a payload that an existing post or term shows, so that they are not uploaded once more.
	 *
	 * @param IGNY8_Payload $payload Payload.
	 * @param string        $text    Text that is there.
	 * @param int           $post_id Post, or 0.
	 */
	public static function mark( $payload, $text, $post_id ) {
		list( $wanted, $sizes ) = self::wanted( $payload );
		if ( array() === $wanted || ( '' === $text && 0 === $post_id ) ) {
			return;
		}
		foreach ( self::candidates( $text, $post_id ) as $id ) {
			$file = (string) ( wp_get_original_image_path( $id ) ? wp_get_original_image_path( $id ) : get_attached_file( $id ) );
			if ( '' === $file || ! is_file( $file ) || ! in_array( filesize( $file ), $sizes, true ) ) {
				continue;
			}
			$hash = hash_file( 'sha256', $file );
			if ( isset( $wanted[ $hash ] ) ) {
				update_post_meta( $id, IGNY8_Media::HASH_META, $wanted[ $hash ] );
				$wanted = array_diff( $wanted, array( $wanted[ $hash ] ) );
			}
		}
	}

	/**
	 * The images that no attachment is known to be, by the hashes of the files that they may have been sent as.
	 *
	 * @param IGNY8_Payload $payload Payload.
	 * @return array{0:array<string,string>,1:int[]} Hash of the image by hash of a file, and the files' sizes.
	 */
	private static function wanted( $payload ) {
		$known  = IGNY8_Media::find( $payload->hashes() );
		$wanted = array();
		$sizes  = array();
		foreach ( $payload->images as $image ) {
			if ( ! isset( $known[ $image['sha256'] ] ) ) {
				$wanted[ $image['file']['sha256'] ] = $image['sha256'];
				$wanted[ $image['sha256'] ]         = $image['sha256'];
				array_push( $sizes, $image['file']['size'], $image['size'] );
			}
		}
		return array( $wanted, $sizes );
	}

	/**
	 * Attachments that a post or text shows, or that hang on the post.
	 *
	 * @param string $text    Text.
	 * @param int    $post_id Post, or 0.
	 * @return int[]
	 */
	private static function candidates( $text, $post_id ) {
		global $wpdb;
		preg_match_all( '/wp-image-(\d+)|"id":(\d+)/', $text, $matches );
		$ids = array_map( 'intval', array_merge( $matches[1], $matches[2] ) );
		if ( $post_id > 0 ) {
			$children = $wpdb->get_col( $wpdb->prepare( "SELECT ID FROM {$wpdb->posts} WHERE post_type = 'attachment' AND post_parent = %d ORDER BY ID LIMIT %d", $post_id, self::AT_MOST ) );
			$product  = wp_parse_id_list( (string) get_post_meta( $post_id, IGNY8_Product::GALLERY, true ) );
			$ids      = array_merge( $ids, array_map( 'intval', $children ), $product, array( (int) get_post_thumbnail_id( $post_id ) ) );
		}
		preg_match_all( '/<img\b[^>]*\ssrc="([^"]+)"/i', $text, $images );
		foreach ( array_slice( array_unique( $images[1] ), 0, self::AT_MOST ) as $url ) {
			$ids[] = attachment_url_to_postid( html_entity_decode( $url, ENT_QUOTES, 'UTF-8' ) );
		}
		$ids = array_slice( array_unique( array_filter( $ids ) ), 0, self::AT_MOST );
		return array_filter(
			$ids,
			static function ( $id ) {
				return 'attachment' === get_post_type( $id );
			}
		);
	}
}
