<?php
/**
 * The content as it is stored.
 *
 * @package IGNY8
 */

/**
 * Puts addresses in the place of images' hashes and adds the gallery. Everything else stays byte for byte.
 */
class IGNY8_Body {

	const PLACEHOLDER = 'igny8-image:';

	/**
	 * Builds the content.
	 *
	 * @param IGNY8_Payload                     $payload     Payload.
	 * @param array<string,array<string,mixed>> $attachments Attachment id and URL by hash.
	 * @param string                            $link        Address of the gallery post, or empty.
	 * @return string
	 */
	public static function build( $payload, $attachments, $link ) {
		$content = self::with_addresses( $payload->post['content'], $attachments );
		// A product shows its images by itself.
		$is_shown = IGNY8_Product::TYPE !== $payload->post['type'] || $payload->gallery->is_grid;
		$gallery  = ! $is_shown ? '' : IGNY8_Gallery::block( $payload->gallery->shown, $attachments, $payload->gallery->is_grid );
		if ( '' !== $gallery ) {
			$content = rtrim( $content ) . "\n\n" . $gallery;
		}
		return '' === $link ? $content : $content . "\n\n" . self::link_block( $link, count( $payload->gallery->overflow ) );
	}

	/**
	 * Puts addresses in the place of images' hashes.
	 *
	 * @param string                            $content     Content.
	 * @param array<string,array<string,mixed>> $attachments Attachment id and URL by hash.
	 * @return string
	 */
	public static function with_addresses( $content, $attachments ) {
		$addresses = array();
		foreach ( $attachments as $hash => $attachment ) {
			$addresses[ self::PLACEHOLDER . $hash ] = $attachment['url'];
		}
		return strtr( $content, $addresses );
	}

	/**
	 * The link to the gallery post.
	 *
	 * @param string $link  Address.
	 * @param int    $count Images there.
	 * @return string
	 */
	private static function link_block( $link, $count ) {
		/* translators: %d: number of images. */
		$text = sprintf( _n( '%d more image in the gallery', '%d more images in the gallery', $count, 'igny8' ), $count );
		return "<!-- wp:paragraph {\"className\":\"igny8-gallery-link\"} -->\n<p class=\"igny8-gallery-link\"><a href=\"" . esc_url( $link ) . '">' . esc_html( $text ) . "</a></p>\n<!-- /wp:paragraph -->";
	}
}
