<?php
/**
 * The colours and shapes of planned sites.
 *
 * @package IGNY8
 */

/**
 * Keeps a style sheet for the blocks of each planned site, which name presets that a theme does not have, and shows it
 * on their pages and in the block editor.
 */
class IGNY8_Site_Style {

	const OPTION     = 'igny8_site_styles';
	const MOST_BYTES = 20000;

	/**
	 * The style sheet of a planned site; empty when there is none.
	 *
	 * @param string $key Key.
	 * @return string
	 */
	public static function read( $key ) {
		$all = get_option( self::OPTION, array() );
		return is_array( $all ) && isset( $all[ $key ] ) ? (string) $all[ $key ] : '';
	}

	/**
	 * Keeps a style sheet, or with an empty one forgets it.
	 *
	 * @param string $key Key.
	 * @param mixed  $css Style sheet.
	 */
	public static function write( $key, $css ) {
		if ( ! is_string( $css ) || strlen( $css ) > self::MOST_BYTES || preg_match( '/[<\\\\]|@import|expression|url\s*\(/i', $css ) ) {
			IGNY8_Payload::refuse( 'style' );
		}
		$all = get_option( self::OPTION, array() );
		$all = is_array( $all ) ? $all : array();
		unset( $all[ $key ] );
		if ( '' !== $css ) {
			$all[ $key ] = $css;
		}
		if ( array() === $all ) {
			delete_option( self::OPTION );
		} else {
			update_option( self::OPTION, $all );
		}
	}

	/**
	 * Shows the style sheets on a page with blocks of a planned site.
	 */
	public static function print_styles() {
		$post = is_singular() ? get_queried_object() : null;
		if ( $post instanceof WP_Post && false !== strpos( $post->post_content, 'site-section' ) ) {
			$css = self::all();
			if ( '' !== $css ) {
				echo "<style id=\"igny8-site-style\">\n" . $css . "</style>\n"; // phpcs:ignore WordPress.Security.EscapeOutput -- it holds no tag, as is checked where it comes in.
			}
		}
	}

	/**
	 * Shows them in the block editor.
	 *
	 * @param array<string,mixed> $settings Settings of the editor.
	 * @return array<string,mixed>
	 */
	public static function in_editor( $settings ) {
		$css = self::all();
		if ( '' !== $css ) {
			$settings['styles'][] = array( 'css' => $css );
		}
		return $settings;
	}

	/**
	 * All style sheets.
	 *
	 * @return string
	 */
	private static function all() {
		$all = get_option( self::OPTION, array() );
		return is_array( $all ) ? str_replace( '<', '', implode( "\n", array_filter( $all, 'is_string' ) ) ) : '';
	}
}
