<?php
/**
 * The colours, typefaces and sizes of planned sites.
 *
 * @package IGNY8
 */

/**
 * Keeps the presets of each planned site and offers them in the editor, beside those of the theme. Where the theme has
 * a theme.json they are part of its data, from WordPress 6.1 on; elsewhere the style sheet alone has their values.
 */
class IGNY8_Site_Presets {

	const OPTION = 'igny8_site_presets';
	const MOST   = 30;

	/**
	 * Where theme.json has each kind of preset, how it calls the value, and what a value looks like.
	 */
	const KINDS = array(
		'colors' => array( 'color', 'palette', 'color', '/^#[0-9a-f]{6}\z/' ),
		'fonts'  => array( 'typography', 'fontFamilies', 'fontFamily', '/^[A-Za-z0-9 ,"_-]{1,300}\z/' ),
		'sizes'  => array( 'typography', 'fontSizes', 'size', '/^[0-9]{1,3}(\.[0-9]{1,4})?rem\z/' ),
		'spaces' => array( 'spacing', 'spacingSizes', 'size', '/^[0-9]{1,3}(\.[0-9]{1,4})?rem\z/' ),
	);

	/**
	 * The presets of a planned site; empty when there are none.
	 *
	 * @param string $key Key.
	 * @return array<string,array<int,array<int,string>>> Slug, name and value, by kind.
	 */
	public static function read( $key ) {
		$all = self::all();
		return isset( $all[ $key ] ) ? $all[ $key ] : array();
	}

	/**
	 * Keeps presets, or with none forgets them.
	 *
	 * @param string $key     Key.
	 * @param mixed  $presets Presets.
	 */
	public static function write( $key, $presets ) {
		if ( ! is_array( $presets ) || array() !== array_diff_key( $presets, self::KINDS ) ) {
			IGNY8_Payload::refuse( 'presets' );
		}
		foreach ( $presets as $kind => $list ) {
			if ( ! is_array( $list ) || count( $list ) > self::MOST || array_filter( $list, static fn( $one ) => self::is_preset( $one, self::KINDS[ $kind ][3] ) ) !== $list ) {
				IGNY8_Payload::refuse( 'presets' );
			}
		}
		$all = self::all();
		unset( $all[ $key ] );
		if ( array() !== $presets ) {
			$all[ $key ] = $presets;
		}
		if ( array() === $all ) {
			delete_option( self::OPTION );
		} else {
			update_option( self::OPTION, $all );
		}
	}

	/**
	 * Whether this is a preset: slug, name and value.
	 *
	 * @param mixed  $preset  Preset.
	 * @param string $pattern What a value looks like.
	 * @return bool
	 */
	private static function is_preset( $preset, $pattern ) {
		return is_array( $preset ) && array( 0, 1, 2 ) === array_keys( $preset ) && array_filter( $preset, 'is_string' ) === $preset
			&& 1 === preg_match( '/^site-[a-z0-9-]{1,40}\z/', $preset[0] ) && 1 === preg_match( '/^[^<>]{1,200}\z/', $preset[1] ) && 1 === preg_match( $pattern, $preset[2] );
	}

	/**
	 * Adds the presets to what a person has chosen for the whole site.
	 *
	 * @param WP_Theme_JSON_Data $theme_json Data of theme.json.
	 * @return WP_Theme_JSON_Data
	 */
	public static function in_theme_json( $theme_json ) {
		if ( array() === self::all() ) {
			return $theme_json;
		}
		$data     = $theme_json->get_data();
		$settings = array();
		foreach ( self::KINDS as $kind => $place ) {
			list( $group, $name )        = $place;
			$there                       = isset( $data['settings'][ $group ][ $name ] ) ? $data['settings'][ $group ][ $name ] : array();
			$settings[ $group ][ $name ] = self::with_ours( isset( $there['custom'] ) ? $there['custom'] : $there, $kind );
		}
		return $theme_json->update_with(
			array(
				'version'  => WP_Theme_JSON::LATEST_SCHEMA,
				'settings' => array_filter( array_map( 'array_filter', $settings ) ),
			)
		);
	}

	/**
	 * Adds the presets to what the block editor offers: a theme without a theme.json has no data of it.
	 *
	 * @param array<string,mixed> $settings Settings of the editor.
	 * @return array<string,mixed>
	 */
	public static function in_editor( $settings ) {
		if ( array() === self::all() ) {
			return $settings;
		}
		foreach ( self::KINDS as $kind => $place ) {
			list( $group, $name ) = $place;
			$there                = isset( $settings['__experimentalFeatures'][ $group ][ $name ]['custom'] ) ? $settings['__experimentalFeatures'][ $group ][ $name ]['custom'] : array();
			$merged               = self::with_ours( $there, $kind );
			if ( array() !== $merged ) {
				$settings['__experimentalFeatures'][ $group ][ $name ]['custom'] = $merged;
			}
		}
		return $settings;
	}

	/**
	 * Presets as theme.json has them, with ours in the place of those of the same slug.
	 *
	 * @param array<int,array<string,mixed>> $there Presets that are there.
	 * @param string                         $kind  Kind.
	 * @return array<int,array<string,mixed>>
	 */
	private static function with_ours( $there, $kind ) {
		$merged = array_column( $there, null, 'slug' );
		foreach ( self::all() as $presets ) {
			foreach ( isset( $presets[ $kind ] ) ? $presets[ $kind ] : array() as $preset ) {
				$merged[ $preset[0] ] = array(
					'slug'                   => $preset[0],
					'name'                   => $preset[1],
					self::KINDS[ $kind ][2] => $preset[2],
				);
			}
		}
		return array_values( $merged );
	}

	/**
	 * The presets of all planned sites, by key.
	 *
	 * @return array<string,array<string,array<int,array<int,string>>>>
	 */
	private static function all() {
		$all = get_option( self::OPTION, array() );
		return is_array( $all ) ? array_filter( $all, 'is_array' ) : array();
	}
}
