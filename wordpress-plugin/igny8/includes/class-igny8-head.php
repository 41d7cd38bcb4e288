<?php
/**
 * The head of a page.
 *
 * @package IGNY8
 */

/**
 * Prints the marker, and the SEO fields when no SEO plugin does.
 */
class IGNY8_Head {

	/**
	 * Prints marker and description.
	 */
	public static function print_tags() {
		if ( ! is_singular() ) {
			return;
		}
		$post_id    = get_queried_object_id();
		$content_id = get_post_meta( $post_id, '_igny8_content_id', true );
		if ( is_string( $content_id ) && '' !== $content_id ) {
			echo '<meta name="igny8-content" content="' . esc_attr( $content_id ) . '">' . "\n";
		}
		$description = self::own( $post_id, 'description' );
		if ( '' !== $description ) {
			echo '<meta name="description" content="' . esc_attr( $description ) . '">' . "\n";
		}
	}

	/**
	 * The document's title.
	 *
	 * @param string $title Title so far; empty unless somebody set one.
	 * @return string
	 */
	public static function document_title( $title ) {
		if ( '' !== (string) $title || ! is_singular() ) {
			return $title;
		}
		return esc_html( self::own( get_queried_object_id(), 'title' ) );
	}

	/**
	 * The canonical address that core prints.
	 *
	 * @param string|false $url  Address.
	 * @param WP_Post      $post Post.
	 * @return string|false
	 */
	public static function canonical_url( $url, $post ) {
		$own = self::own( $post->ID, 'canonical' );
		return '' === $own ? $url : $own;
	}

	/**
	 * One of our own SEO fields, or nothing when an SEO plugin is in charge or the site wants none.
	 *
	 * @param int    $post_id Post.
	 * @param string $field   Field.
	 * @return string
	 */
	private static function own( $post_id, $field ) {
		if ( 'none' !== IGNY8_Seo::active() || ! IGNY8_Settings::get()['seo_meta_tags'] ) {
			return '';
		}
		$value = get_post_meta( $post_id, IGNY8_Seo::OWN[ $field ], true );
		return is_string( $value ) ? $value : '';
	}
}
