<?php
/**
 * Taxonomies and meta.
 *
 * @package IGNY8
 */

/**
 * The clusters and sectors of the app as taxonomies, and what a post remembers of the app.
 */
class IGNY8_Content_Types {

	const CLUSTER = 'igny8_cluster';
	const SECTOR  = 'igny8_sector';

	const META = array( '_igny8_content_id', '_igny8_task_id', '_igny8_cluster_id', '_igny8_sector_id', '_igny8_keyword_ids', '_igny8_focus_keywords' );

	/**
	 * Registers taxonomies and meta.
	 */
	public static function register() {
		self::register_taxonomy( self::CLUSTER, __( 'Clusters', 'igny8' ), __( 'Cluster', 'igny8' ) );
		self::register_taxonomy( self::SECTOR, __( 'Sectors', 'igny8' ), __( 'Sector', 'igny8' ) );
		foreach ( self::META as $key ) {
			register_post_meta(
				'',
				$key,
				array(
					'type'         => 'string',
					'single'       => true,
					'show_in_rest' => false,
				)
			);
		}
	}

	/**
	 * Post types that the app may publish to.
	 *
	 * @return string[]
	 */
	public static function enabled() {
		return IGNY8_Settings::get()['post_types'];
	}

	/**
	 * Registers one taxonomy: seen in wp-admin, without pages of its own.
	 *
	 * @param string $name     Name.
	 * @param string $plural   Label.
	 * @param string $singular Label of one.
	 */
	private static function register_taxonomy( $name, $plural, $singular ) {
		register_taxonomy(
			$name,
			self::enabled(),
			array(
				'labels'             => array(
					'name'          => $plural,
					'singular_name' => $singular,
				),
				'public'             => false,
				'show_ui'            => true,
				'show_in_rest'       => true,
				'show_in_nav_menus'  => false,
				'show_tagcloud'      => false,
				'show_admin_column'  => true,
				'hierarchical'       => false,
				'rewrite'            => false,
				'query_var'          => false,
				'publicly_queryable' => false,
			)
		);
	}
}
