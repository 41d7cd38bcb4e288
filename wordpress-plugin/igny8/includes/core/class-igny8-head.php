<?php
/**
 * The head of a page.
 *
 * @package IGNY8
 */

/**
 * Prints the marker, and the SEO fields that nobody else prints.
 */
class IGNY8_Head {

	/**
	 * Meta key of posts and terms: the start of the hash of what was published last.
	 */
	const VERSION = '_igny8_version';

	/**
	 * Prints the marker.
	 */
	public static function print_marker() {
		list( $kind, $id ) = self::object();
		$content_id        = 0 === $id ? '' : IGNY8_Own_Meta::content_id( $kind, $id );
		if ( '' !== $content_id ) {
			echo '<meta name="igny8-content" content="' . esc_attr( $content_id ) . '">' . "\n";
			echo '<meta name="igny8-version" content="' . esc_attr( (string) get_metadata( $kind, $id, self::VERSION, true ) ) . '">' . "\n";
		}
	}

	/**
	 * Looks at what others print, where we have something to print.
	 */
	public static function watch() {
		list( $kind, $id ) = self::object();
		if ( 0 !== $id && '' !== self::own_field( $kind, $id, 'description' ) . self::own_field( $kind, $id, 'canonical' ) ) {
			IGNY8_Other_Seo::watch();
		}
	}

	/**
	 * Prints the description, last of all; for a list the canonical address too, which core prints for posts only.
	 */
	public static function print_tags() {
		list( $kind, $id ) = self::object();
		if ( 0 === $id ) {
			return;
		}
		$printed     = IGNY8_Other_Seo::stop_listening( is_singular() ? 1 : 0 );
		$description = self::own_field( $kind, $id, 'description' );
		if ( '' !== $description && ! in_array( 'description', $printed, true ) ) {
			echo '<meta name="description" content="' . self::escaped( $description ) . '">' . "\n"; // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- it is.
		}
		$canonical = is_singular() ? '' : self::own_field( $kind, $id, 'canonical' );
		if ( '' !== $canonical && ! in_array( 'canonical', $printed, true ) ) {
			echo '<link rel="canonical" href="' . esc_url( $canonical ) . '">' . "\n";
		}
	}

	/**
	 * What the head names as the version of what a payload publishes: a cache that serves an older one is found out.
	 *
	 * @param IGNY8_Payload $payload Payload.
	 * @return string
	 */
	public static function version( $payload ) {
		return substr( $payload->payload_hash, 0, 16 );
	}

	/**
	 * The document's title.
	 *
	 * @param string $title Title so far; empty unless somebody set one.
	 * @return string
	 */
	public static function document_title( $title ) {
		list( $kind, $id ) = self::object();
		if ( '' !== (string) $title || 0 === $id ) {
			return $title;
		}
		$own = self::own_field( $kind, $id, 'title' );
		// WordPress takes the title “0” for none.
		return '0' === $own ? '&#48;' : self::escaped( $own );
	}

	/**
	 * The canonical address that core prints.
	 *
	 * @param string|false $url  Address.
	 * @param WP_Post      $post Post.
	 * @return string|false
	 */
	public static function canonical_url( $url, $post ) {
		$own = self::own_field( 'post', $post->ID, 'canonical' );
		return '' === $own ? $url : $own;
	}

	/**
	 * What the page shows.
	 *
	 * @return array{0:string,1:int} The kind, post or term, and the id; 0 when it is neither.
	 */
	private static function object() {
		if ( is_singular() ) {
			return array( 'post', get_queried_object_id() );
		}
		if ( is_category() || is_tag() || is_tax() ) {
			return array( 'term', get_queried_object_id() );
		}
		$page_id = self::page_of_list();
		return array( 0 === $page_id ? '' : 'post', $page_id );
	}

	/**
	 * The page in whose place a list is shown: that of all posts, or the shop of WooCommerce.
	 *
	 * @return int 0 for none.
	 */
	private static function page_of_list() {
		if ( is_home() && ! is_front_page() ) {
			return max( 0, (int) get_option( 'page_for_posts' ) );
		}
		return function_exists( 'is_shop' ) && is_shop() ? max( 0, (int) wc_get_page_id( 'shop' ) ) : 0;
	}

	/**
	 * A text that visitors get as it is: esc_html() and esc_attr() leave “&amp;” to mean “&”.
	 *
	 * @param string $text Text.
	 * @return string
	 */
	private static function escaped( $text ) {
		return htmlspecialchars( wp_check_invalid_utf8( $text ), ENT_QUOTES, 'UTF-8' );
	}

	/**
	 * One of our own SEO fields, or nothing when somebody else is in charge, the site wants none, or it is a template.
	 *
	 * @param string $kind  Kind, post or term.
	 * @param int    $id    Id.
	 * @param string $field Field.
	 * @return string
	 */
	private static function own_field( $kind, $id, $field ) {
		if ( 'none' !== IGNY8_Seo::active() || '' !== IGNY8_Other_Seo::name( $field ) || ! IGNY8_Settings::get()['seo_meta_tags'] ) {
			return '';
		}
		$value = get_metadata( $kind, $id, IGNY8_Seo::OWN[ $field ], true );
		return is_string( $value ) && '' === IGNY8_Seo_Variables::owner( $value, 'none' ) ? $value : '';
	}
}
