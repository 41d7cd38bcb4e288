<?php
/**
 * Meta that the app is told of.
 *
 * @package IGNY8
 */

/**
 * The keys of post and term meta whose changes are changes of the object.
 */
class IGNY8_Watched_Meta {

	/**
	 * Keys beside those of the SEO plugins.
	 */
	const KEYS = array( '_thumbnail_id', '_wp_page_template', '_igny8_content_id', '_igny8_task_id', '_igny8_cluster_id', '_igny8_sector_id', '_igny8_keyword_ids', '_yoast_wpseo_focuskeywords' );

	/**
	 * All keys, once they were asked for.
	 *
	 * @var array<string,bool>|null
	 */
	private static $keys;

	/**
	 * Whether a key is one of them.
	 *
	 * @param string $key Meta key.
	 * @return bool
	 */
	public static function has( $key ) {
		if ( null === self::$keys ) {
			$keys = array_merge( self::KEYS, IGNY8_Seo_Reader::meta_keys() );
			foreach ( IGNY8_Seo::META as $fields ) {
				$keys = array_merge( $keys, array_values( $fields ) );
			}
			self::$keys = array_fill_keys( $keys, true );
		}
		return isset( self::$keys[ $key ] );
	}
}
