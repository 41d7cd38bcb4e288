<?php
/**
 * What WordPress would strip.
 *
 * @package IGNY8
 */

/**
 * Compares markup with what kses leaves of it, by tags, attributes, style properties and what blocks keep in their comments.
 *
 * Not byte by byte: kses also rewrites entities, quotes and spaces, which changes nothing that a visitor sees.
 */
class IGNY8_Html_Check {

	const DIFF_AT_MOST   = 20;
	const LENGTH_AT_MOST = 300;

	/**
	 * What the current user may not post.
	 *
	 * @param string $html   Markup.
	 * @param bool   $always Whether WordPress filters it whoever posts it.
	 * @return string[] As `iframe`, `div onclick`, `div style display`; empty when nothing would be lost.
	 */
	public static function stripped_parts( $html, $always = false ) {
		if ( ! $always && current_user_can( 'unfiltered_html' ) ) {
			return array();
		}
		$before = self::counted_parts( $html );
		$after  = self::counted_parts( wp_kses_post( $html ) );
		$lost   = array();
		foreach ( $before as $part => $count ) {
			if ( $count > ( isset( $after[ $part ] ) ? $after[ $part ] : 0 ) ) {
				$lost[] = explode( '=', $part, 2 )[0];
			}
		}
		return array_values( array_unique( $lost ) );
	}

	/**
	 * The tags that would go or be changed, as they are and as WordPress would leave them.
	 *
	 * @param string $html Markup.
	 * @return array<int,array{before:string,after:string}> In order, each once.
	 */
	public static function diff( $html ) {
		$diff = array();
		foreach ( wp_html_split( $html ) as $token ) {
			if ( '<' !== substr( $token, 0, 1 ) || isset( $diff[ $token ] ) || count( $diff ) >= self::DIFF_AT_MOST ) {
				continue;
			}
			$after           = wp_kses_post( $token );
			$remaining_parts = self::counted_parts( $after );
			foreach ( self::counted_parts( $token ) as $part => $count ) {
				if ( $count > ( isset( $remaining_parts[ $part ] ) ? $remaining_parts[ $part ] : 0 ) ) {
					$diff[ $token ] = array(
						'before' => mb_substr( $token, 0, self::LENGTH_AT_MOST ),
						'after'  => mb_substr( $after, 0, self::LENGTH_AT_MOST ),
					);
				}
			}
		}
		return array_values( $diff );
	}

	/**
	 * Counts tags, attributes with their values, style properties, and blocks with their attributes.
	 *
	 * @param string $html Markup.
	 * @return array<string,int>
	 */
	private static function counted_parts( $html ) {
		$parts = array();
		foreach ( wp_html_split( $html ) as $token ) {
			if ( preg_match( '/^<!--\s+wp:([a-z0-9\/-]+)\s+(\{.*\})\s+\/?-->\z/s', $token, $matches ) ) {
				$parts[] = 'wp:' . $matches[1] . ' attributes=' . wp_json_encode( json_decode( $matches[2] ) );
				continue;
			}
			if ( ! preg_match( '/^<([a-zA-Z][^\s>\/]*)(.*)>\z/s', $token, $matches ) ) {
				continue;
			}
			$tag     = strtolower( $matches[1] );
			$parts[] = $tag;
			preg_match_all( '/([^\s=>"\'\/]+)(?:\s*=\s*("[^"]*"|\'[^\']*\'|[^\s>]+))?/', $matches[2], $attributes, PREG_SET_ORDER );
			foreach ( $attributes as $attribute ) {
				$name  = $tag . ' ' . strtolower( $attribute[1] );
				$value = trim( html_entity_decode( trim( isset( $attribute[2] ) ? $attribute[2] : '', '"\'' ), ENT_QUOTES, 'UTF-8' ) );
				if ( 'style' === strtolower( $attribute[1] ) ) {
					foreach ( array_filter( array_map( 'trim', explode( ';', $value ) ) ) as $property ) {
						$parts[] = $name . ' ' . strtolower( trim( explode( ':', $property )[0] ) );
					}
				} else {
					$parts[] = $name . '=' . preg_replace( '/\s+/', ' ', $value );
				}
			}
		}
		return array_count_values( $parts );
	}
}
