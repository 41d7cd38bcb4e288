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
	 * @return string
	 */
	public static function build( $payload, $attachments ) {
		$addresses = array();
		foreach ( $attachments as $hash => $attachment ) {
			$addresses[ self::PLACEHOLDER . $hash ] = $attachment['url'];
		}
		$content = strtr( $payload->post['content'], $addresses );
		$gallery = '';
		$seen    = array();
		foreach ( $payload->images as $image ) {
			if ( 'gallery' === $image['role'] && ! isset( $seen[ $image['sha256'] ] ) ) {
				$seen[ $image['sha256'] ] = true;
				$gallery                 .= self::image_block( $image, $attachments[ $image['sha256'] ] );
			}
		}
		if ( '' === $gallery ) {
			return $content;
		}
		return rtrim( $content ) . "\n\n<!-- wp:gallery {\"linkTo\":\"none\"} -->\n<figure class=\"wp-block-gallery has-nested-images columns-default is-cropped\">" . $gallery . "</figure>\n<!-- /wp:gallery -->";
	}

	/**
	 * One image of the gallery, as the block editor writes it.
	 *
	 * @param array<string,mixed> $image      Image of the payload.
	 * @param array<string,mixed> $attachment Attachment id and URL.
	 * @return string
	 */
	private static function image_block( $image, $attachment ) {
		$caption = '' === $image['caption'] ? '' : '<figcaption class="wp-element-caption">' . esc_html( $image['caption'] ) . '</figcaption>';
		return sprintf(
			"<!-- wp:image {\"id\":%1\$d,\"sizeSlug\":\"large\",\"linkDestination\":\"none\"} -->\n<figure class=\"wp-block-image size-large\"><img src=\"%2\$s\" alt=\"%3\$s\" class=\"wp-image-%1\$d\"/>%4\$s</figure>\n<!-- /wp:image -->",
			$attachment['attachment_id'],
			esc_url( $attachment['url'] ),
			esc_attr( $image['alt'] ),
			$caption
		);
	}
}
