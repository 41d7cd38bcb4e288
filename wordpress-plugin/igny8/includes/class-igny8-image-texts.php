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
	 * Changed images of a payload: attachment id and image.
	 *
	 * @var array<int,array<string,mixed>>
	 */
	private $changed = array();

	/**
	 * Looks for what changed.
	 *
	 * @param IGNY8_Payload                     $payload Payload.
	 * @param array<string,array<string,mixed>> $images  Attachments.
	 */
	public function __construct( $payload, $images ) {
		$seen = array();
		foreach ( $payload->images as $image ) {
			$id = $images[ $image['sha256'] ]['attachment_id'];
			if ( isset( $seen[ $id ] ) || '' === $image['alt'] . $image['title'] . $image['caption'] ) {
				continue;
			}
			$seen[ $id ] = true;
			if ( get_post_meta( $id, self::META, true ) !== self::hash( $image ) && ! IGNY8_Claims::used_elsewhere( $id, $payload->content_id ) ) {
				$this->changed[ $id ] = $image;
			}
		}
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
