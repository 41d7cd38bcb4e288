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
	 * Meta key of posts and terms: the start of the hash of what was published last.
	 */
	const VERSION = '_igny8_version';

	/**
	 * Prints marker and description; for a term the canonical address too, which core prints for posts only.
	 */
	public static function print_tags() {
		list( $kind, $id ) = self::object();
		if ( 0 === $id ) {
			return;
		}
		$content_id = get_metadata( $kind, $id, '_igny8_content_id', true );
		if ( is_string( $content_id ) && '' !== $content_id ) {
			echo '<meta name="igny8-content" content="' . esc_attr( $content_id ) . '">' . "\n";
			echo '<meta name="igny8-version" content="' . esc_attr( (string) get_metadata( $kind, $id, self::VERSION, true ) ) . '">' . "\n";
		}
		$description = self::own( $kind, $id, 'description' );
		if ( '' !== $description ) {
			echo '<meta name="description" content="' . esc_attr( $description ) . '">' . "\n";
		}
		$canonical = 'term' === $kind ? self::own( $kind, $id, 'canonical' ) : '';
		if ( '' !== $canonical ) {
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
		return esc_html( self::own( $kind, $id, 'title' ) );
	}

	/**
	 * The canonical address that core prints.
	 *
	 * @param string|false $url  Address.
	 * @param WP_Post      $post Post.
	 * @return string|false
	 */
	public static function canonical_url( $url, $post ) {
		$own = self::own( 'post', $post->ID, 'canonical' );
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
		return is_category() || is_tag() || is_tax() ? array( 'term', get_queried_object_id() ) : array( '', 0 );
	}

	/**
	 * One of our own SEO fields, or nothing when an SEO plugin is in charge or the site wants none.
	 *
	 * @param string $kind  Kind, post or term.
	 * @param int    $id    Id.
	 * @param string $field Field.
	 * @return string
	 */
	private static function own( $kind, $id, $field ) {
		if ( 'none' !== IGNY8_Seo::active() || ! IGNY8_Settings::get()['seo_meta_tags'] ) {
			return '';
		}
		$value = get_metadata( $kind, $id, IGNY8_Seo::OWN[ $field ], true );
		return is_string( $value ) ? $value : '';
	}
}
