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

	const PLACEHOLDER    = 'igny8-image:';
	const ID_PLACEHOLDER = 'igny8-image-id:';

	/**
	 * What shows without text.
	 */
	const SHOWS = '/<(img|picture|video|audio|iframe|svg|canvas|table|hr|embed|object|form|input|button|select|textarea|script|math)\b/i';

	/**
	 * Blocks that show nothing but the text in them; every other one is drawn by WordPress or a plugin.
	 */
	const TEXT_BLOCKS = array( 'paragraph', 'heading', 'list', 'list-item', 'quote', 'pullquote', 'preformatted', 'verse', 'code', 'freeform', 'html', 'group', 'columns', 'column', 'buttons', 'button', 'table', 'more', 'nextpage', 'missing', 'details' );

	/**
	 * Whether a text shows anything.
	 *
	 * @param string $content Content.
	 * @return bool
	 */
	public static function has_visible_content( $content ) {
		preg_match_all( '/<!-- wp:([a-z][a-z0-9_-]*(?:\/[a-z][a-z0-9_-]*)?)/', $content, $blocks );
		if ( preg_match( self::SHOWS, $content ) || array() !== array_diff( $blocks[1], self::TEXT_BLOCKS ) ) {
			return true;
		}
		return ! self::is_blank( html_entity_decode( wp_strip_all_tags( $content ), ENT_QUOTES | ENT_HTML5, 'UTF-8' ) );
	}

	/**
	 * Whether all of a text is white space, or characters that have no width or no picture.
	 *
	 * @param string $text Text.
	 * @return bool
	 */
	public static function is_blank( $text ) {
		return 1 === preg_match( '/^[\p{Z}\p{Cc}\p{Cf}\x{34f}\x{115f}\x{1160}\x{180b}-\x{180e}\x{2800}\x{3164}\x{fe00}-\x{fe0f}\x{ffa0}]*\z/u', $text );
	}

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
	 * Puts addresses in the place of images' hashes, and their numbers where a block names them.
	 *
	 * @param string                            $content     Content.
	 * @param array<string,array<string,mixed>> $attachments Attachment id and URL by hash.
	 * @return string
	 */
	public static function with_addresses( $content, $attachments ) {
		$addresses = array();
		foreach ( $attachments as $hash => $attachment ) {
			$id                                     = (string) $attachment['attachment_id'];
			$addresses[ self::PLACEHOLDER . $hash ] = $attachment['url'];
			$addresses[ '"' . self::ID_PLACEHOLDER . $hash . '"' ] = $id;
			$addresses[ self::ID_PLACEHOLDER . $hash ]             = $id;
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
