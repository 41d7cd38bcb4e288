<?php
/**
 * Texts of images.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * Keeps alt text, title and caption in the media library as the app has them, when the app changed them. What was
 * written there by hand stays until then, and so do the texts of an image that another content uses too.
 */
class IGNY8_Image_Texts {

	/**
	 * Hash of the texts as the app sent them last.
	 */
	const META = '_igny8_texts';

	/**
	 * Hash of the texts that the attachment had once they were written: by it an edit in the media library is seen.
	 */
	const WRITTEN_META = '_igny8_texts_written';

	/**
	 * Changed images of a payload: attachment id and image.
	 *
	 * @var array<int,array<string,mixed>>
	 */
	private $changed = array();

	/**
	 * Attachments of which it is not known yet what texts they had when they were published.
	 *
	 * @var int[]
	 */
	private $unmarked_ids = array();

	/**
	 * Looks for what changed.
	 *
	 * @param IGNY8_Payload                     $payload Payload.
	 * @param array<string,array<string,mixed>> $images  Attachments.
	 */
	public function __construct( $payload, $images ) {
		$checked_ids = array();
		foreach ( $payload->images as $image ) {
			$id = $images[ $image['sha256'] ]['attachment_id'];
			if ( '' === (string) get_post_meta( $id, self::WRITTEN_META, true ) ) {
				$this->unmarked_ids[] = $id;
			}
			if ( isset( $checked_ids[ $id ] ) || '' === $image['alt'] . $image['title'] . $image['caption'] ) {
				continue;
			}
			$checked_ids[ $id ] = true;
			if ( get_post_meta( $id, self::META, true ) !== self::hash( $image ) && ! IGNY8_Claims::used_elsewhere( $id, $payload->content_id ) ) {
				$this->changed[ $id ] = $image;
			}
		}
	}

	/**
	 * Whether somebody changed, in the media library, texts that this publish would write.
	 *
	 * @return bool
	 */
	public function are_edited() {
		foreach ( array_keys( $this->changed ) as $id ) {
			$written = (string) get_post_meta( $id, self::WRITTEN_META, true );
			if ( '' !== $written && self::stored( $id ) !== $written ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Hash of the texts that an attachment has.
	 *
	 * @param int $id Attachment.
	 * @return string
	 */
	private static function stored( $id ) {
		clean_post_cache( $id );
		$post = get_post( $id );
		return null === $post ? '' : md5( get_post_meta( $id, '_wp_attachment_image_alt', true ) . "\0" . $post->post_title . "\0" . $post->post_excerpt );
	}

	/**
	 * Attachments that will be written to, which a snapshot has to hold.
	 *
	 * @return int[]
	 */
	public function touched() {
		return array_keys( $this->changed );
	}

	/**
	 * Writes them.
	 *
	 * @throws IGNY8_Exception When WordPress refuses.
	 */
	public function write() {
		foreach ( $this->changed as $id => $image ) {
			$post = array(
				'ID'           => $id,
				'post_excerpt' => $image['caption'],
			);
			if ( '' !== trim( $image['title'] ) ) {
				$post['post_title'] = trim( $image['title'] );
			}
			$saved = wp_update_post( wp_slash( $post ), true );
			if ( is_wp_error( $saved ) || 0 === $saved ) {
				throw new IGNY8_Exception( 'META_FAILED', __( 'WordPress did not save the texts of an image.', 'igny8' ), 500, 'content', array( 'attachment_id' => $id ) );
			}
			update_post_meta( $id, '_wp_attachment_image_alt', wp_slash( $image['alt'] ) );
			update_post_meta( $id, self::META, self::hash( $image ) );
		}
		foreach ( array_unique( array_merge( $this->unmarked_ids, array_keys( $this->changed ) ) ) as $id ) {
			update_post_meta( $id, self::WRITTEN_META, self::stored( $id ) );
		}
	}

	/**
	 * Hash of texts.
	 *
	 * @param array<string,mixed> $image The fields alt, title and caption.
	 * @return string
	 */
	public static function hash( $image ) {
		return md5( $image['alt'] . "\0" . $image['title'] . "\0" . $image['caption'] );
	}
}
