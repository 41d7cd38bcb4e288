<?php
/**
 * SEO plugins that we cannot write to.
 *
 * @package IGNY8
 */

/**
 * Knows who else prints meta tags: by name, and by what is printed in the head. Then we print none.
 */
class IGNY8_Other_Seo {

	/**
	 * Folders of plugins that print meta tags, with the plugins' names.
	 */
	const FOLDERS = array(
		'autodescription'   => 'The SEO Framework',
		'slim-seo'          => 'Slim SEO',
		'squirrly-seo'      => 'Squirrly SEO',
		'smartcrawl-seo'    => 'SmartCrawl',
		'wpmu-dev-seo'      => 'SmartCrawl',
		'premium-seo-pack'  => 'Premium SEO Pack',
		'wp-meta-seo'       => 'WP Meta SEO',
		'platinum-seo-pack' => 'Platinum SEO',
		'seo-ultimate'      => 'SEO Ultimate',
		'seo-simple-pack'   => 'SEO SIMPLE PACK',
		'siteseo'           => 'SiteSEO',
		'surerank'          => 'SureRank',
		'seokey'            => 'SEOKEY',
		'wpsso'             => 'WPSSO Core',
		'add-meta-tags'     => 'Add Meta Tags',
		'meta-tag-manager'  => 'Meta Tag Manager',
	);

	/**
	 * Constants of the same plugins, for those in a folder of another name.
	 */
	const CONSTANTS = array(
		'THE_SEO_FRAMEWORK_VERSION' => 'The SEO Framework',
		'SLIM_SEO_VER'              => 'Slim SEO',
		'SQ_VERSION'                => 'Squirrly SEO',
		'SMARTCRAWL_VERSION'        => 'SmartCrawl',
		'WPMSEO_VERSION'            => 'WP Meta SEO',
		'SITESEO_VERSION'           => 'SiteSEO',
		'SURERANK_VERSION'          => 'SureRank',
		'SEOKEY_VERSION'            => 'SEOKEY',
		'SSP_VERSION'               => 'SEO SIMPLE PACK',
		'PSP_VERSION'               => 'Premium SEO Pack',
		'AIOSEOP_VERSION'           => 'All in One SEO 3',
	);

	/**
	 * Option with the fields of somebody else that were seen in a head.
	 */
	const SEEN = 'igny8_other_meta_tags';

	/**
	 * Depth of the buffer that holds the head, 0 while there is none.
	 *
	 * @var int
	 */
	private static $depth = 0;

	/**
	 * Who prints a field.
	 *
	 * @param string $field One of title, description and canonical; empty for any.
	 * @return string A name, or empty when nobody does, or one of the plugins that we write to.
	 */
	public static function name( $field = '' ) {
		if ( 'none' !== IGNY8_Seo::active() ) {
			return '';
		}
		$plugin_name = self::known_plugin();
		if ( '' !== $plugin_name ) {
			return $plugin_name;
		}
		$printed_fields = (array) get_option( self::SEEN, array() );
		return ( '' === $field ? array() !== $printed_fields : in_array( $field, $printed_fields, true ) ) ? __( 'The theme or another plugin', 'igny8' ) : '';
	}

	/**
	 * Begins to look at what is printed; before a theme's header, which may print meta tags itself.
	 */
	public static function watch() {
		if ( 0 === self::$depth ) {
			ob_start();
			self::$depth = ob_get_level();
		}
	}

	/**
	 * Ends to look; what was printed goes out. What somebody else prints is remembered.
	 *
	 * @param int $canonicals How many canonical addresses WordPress itself prints here.
	 * @return string[] Fields that somebody else printed.
	 */
	public static function stop_listening( $canonicals ) {
		if ( 0 === self::$depth || ob_get_level() !== self::$depth ) {
			return array();
		}
		$head        = (string) ob_get_contents();
		$printed     = array();
		self::$depth = 0;
		ob_end_flush();
		if ( preg_match( '/<meta\b[^>]*\bname=["\']?description["\'\s]/i', $head ) ) {
			$printed[] = 'description';
		}
		if ( $canonicals < preg_match_all( '/<link\b[^>]*\brel=["\']?canonical["\'\s>]/i', $head ) ) {
			$printed[] = 'canonical';
		}
		$known_fields = (array) get_option( self::SEEN, array() );
		if ( array() !== array_diff( $printed, $known_fields ) ) {
			update_option( self::SEEN, array_values( array_unique( array_merge( $known_fields, $printed ) ) ) );
		}
		return $printed;
	}

	/**
	 * Forgets what was seen: plugins or the theme are others now.
	 */
	public static function forget_seen() {
		delete_option( self::SEEN );
	}

	/**
	 * A plugin that is known by its name.
	 *
	 * @return string
	 */
	private static function known_plugin() {
		foreach ( self::CONSTANTS as $constant => $name ) {
			if ( defined( $constant ) ) {
				return $name;
			}
		}
		$plugins = array_merge( (array) get_option( 'active_plugins', array() ), is_multisite() ? array_keys( (array) get_site_option( 'active_sitewide_plugins', array() ) ) : array() );
		foreach ( $plugins as $file ) {
			$folder = strtok( (string) $file, '/' );
			if ( isset( self::FOLDERS[ $folder ] ) ) {
				return self::FOLDERS[ $folder ];
			}
		}
		$modules = defined( 'JETPACK__VERSION' ) ? get_option( 'jetpack_active_modules' ) : array();
		return is_array( $modules ) && in_array( 'seo-tools', $modules, true ) ? 'Jetpack' : '';
	}
}
