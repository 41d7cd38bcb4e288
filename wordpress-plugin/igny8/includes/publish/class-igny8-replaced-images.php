<?php
/**
 * Images that a new version no longer has.
 *
 * @package IGNY8
 */

/**
 * Removes replaced images that the app brought and nothing else uses, after the publish that replaced them: files do
 * not come back with a rollback. They wait on the row of the content, marked old, so that a crash forgets none.
 */
class IGNY8_Replaced_Images {

	const ROWS_AT_ONCE = 5;

	/**
	 * Contents published by this request.
	 *
	 * @var string[]
	 */
	private static $published = array();

	/**
	 * Notes a content that was published.
	 *
	 * @param string $content_id Content.
	 */
	public static function after_publish( $content_id ) {
		self::$published[] = $content_id;
	}

	/**
	 * The attachments of a claim's row that the new version does not have, marked old.
	 *
	 * @param array<int,array<string,mixed>> $before Attachments of the row.
	 * @param int[]                          $in_use Attachments of the new version.
	 * @return array<int,array<string,int>>
	 */
	public static function marked( $before, $in_use ) {
		$old = array();
		foreach ( array_unique( array_map( 'intval', array_column( $before, 'id' ) ) ) as $id ) {
			if ( $id > 0 && ! in_array( $id, $in_use, true ) ) {
				$old[] = array(
					'id'  => $id,
					'new' => 0,
					'old' => 1,
				);
			}
		}
		return $old;
	}

	/**
	 * Removes what the publish of this request replaced; once the answer is out.
	 */
	public static function remove() {
		foreach ( self::$published as $content_id ) {
			self::remove_of( $content_id );
		}
		self::$published = array();
	}

	/**
	 * Removes what a publish that crashed at its end did not.
	 */
	public static function sweep() {
		foreach ( IGNY8_Claims::with_old_images( self::ROWS_AT_ONCE ) as $content_id ) {
			self::remove_of( $content_id );
		}
	}

	/**
	 * Removes the old images of one content, unless a run is at work on it.
	 *
	 * @param string $content_id Content.
	 */
	private static function remove_of( $content_id ) {
		if ( ! IGNY8_Claims::try_lock( $content_id ) ) {
			return;
		}
		try {
			$row         = IGNY8_Claims::row( $content_id );
			$attachments = array();
			foreach ( null !== $row && 'published' === $row['state'] ? $row['attachments'] : array() as $entry ) {
				if ( empty( $entry['old'] ) ) {
					$attachments[] = $entry;
				} elseif ( self::is_from_app( $entry['id'] ) && ! IGNY8_Claims::used_elsewhere( $entry['id'], $content_id ) && ! IGNY8_Image_Usage::is_used( $entry['id'], $row['post_id'] ) ) {
					IGNY8_Media::delete( $entry['id'] );
				}
			}
			if ( null !== $row && count( $attachments ) < count( $row['attachments'] ) && 'published' === $row['state'] ) {
				IGNY8_Claims::replace_attachments( $row, $attachments );
			}
		} finally {
			IGNY8_Claims::unlock( $content_id );
		}
	}

	/**
	 * Whether the app brought an attachment.
	 *
	 * @param int $id Attachment.
	 * @return bool
	 */
	private static function is_from_app( $id ) {
		return 'attachment' === get_post_type( $id ) && '' !== (string) get_post_meta( $id, IGNY8_Media::HASH_META, true );
	}
}
