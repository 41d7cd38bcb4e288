<?php
/**
 * What the app may know of the site.
 *
 * @package IGNY8
 */

/**
 * The read-only routes.
 */
class IGNY8_Status {

	const AUTHORS_AT_MOST    = 500;
	const CATEGORIES_AT_MOST = 1000;

	/**
	 * How the site introduces itself to the app.
	 *
	 * @return array<string,mixed>
	 */
	public static function introduction() {
		return array(
			'home_url'       => home_url(),
			'name'           => wp_specialchars_decode( get_bloginfo( 'name' ), ENT_QUOTES ),
			'wordpress'      => get_bloginfo( 'version' ),
			'php'            => PHP_VERSION,
			'plugin'         => IGNY8_VERSION,
			'contract'       => IGNY8_CONTRACT,
			'timezone'       => wp_timezone_string(),
			'rest_url'       => get_rest_url(),
			'admin_post_url' => admin_url( 'admin-post.php' ),
		);
	}

	/**
	 * Route status.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return array<string,mixed>
	 */
	public static function status( $request ) {
		$connection = $request->connection;
		return array_merge(
			self::introduction(),
			array(
				'server_time' => gmdate( 'Y-m-d\TH:i:s\Z' ),
				'multisite'   => is_multisite(),
				'paired'      => $connection['confirmed'] && ! IGNY8_Connection::is_clone( $connection ),
			)
		);
	}

	/**
	 * Route site-metadata.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return array<string,mixed>
	 */
	public static function site_metadata( $request ) {
		$user = wp_get_current_user();
		return array(
			'site'            => self::status( $request ),
			'post_types'      => self::post_types(),
			'taxonomies'      => self::taxonomies(),
			'authors'         => self::authors(),
			'upload'          => array(
				'max_bytes'    => wp_max_upload_size(),
				'mime_types'   => IGNY8_Media::types(),
				'editor_types' => IGNY8_Media::editor_types(),
				'extensions'   => IGNY8_File_Upload::extensions(),
			),
			'seo_plugin'      => IGNY8_Seo::plugin(),
			'woocommerce'     => array(
				'active'  => IGNY8_Product::available(),
				'version' => defined( 'WC_VERSION' ) ? WC_VERSION : null,
			),
			'innodb'          => self::all_innodb(),
			'unfiltered_html' => current_user_can( 'unfiltered_html' ),
			'categories'      => self::categories(),
			'settings'        => array_merge(
				IGNY8_Settings::for_wire(),
				IGNY8_Settings::last_change(),
				array(
					'acting_user' => array(
						'id'   => $user->ID,
						'name' => $user->display_name,
					),
				)
			),
		);
	}

	/**
	 * Route post-by-content-id.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return array<string,mixed>
	 */
	public static function post_by_content_id( $request ) {
		$content_id = $request->get_param( 'content_id' );
		$row        = IGNY8_Claims::row( $content_id );
		$post       = null === $row || 0 === $row['post_id'] ? null : get_post( $row['post_id'] );
		$state      = null === $row ? 'none' : $row['state'];
		$answer     = array(
			'content_id'   => $content_id,
			'state'        => 'published' === $state && null === $post ? 'none' : $state,
			'run_id'       => null === $row ? null : $row['run_id'],
			'post_id'      => null,
			'post_status'  => null,
			'permalink'    => null,
			'content_hash' => null,
			'settled_hash' => empty( $row['settled'] ) ? null : explode( ':', $row['settled'] )[0],
			'payload_hash' => null,
			'stored'       => null,
			'result'       => null,
		);
		if ( null !== $row && isset( $row['result']['term_id'] ) ) {
			return array_merge( $answer, self::term_of( $row ) );
		}
		if ( null === $post ) {
			return $answer;
		}
		return array_merge(
			$answer,
			array(
				'post_id'      => $post->ID,
				'post_status'  => $post->post_status,
				'permalink'    => (string) get_permalink( $post ),
				'content_hash' => self::content_hash( $post->post_title, $post->post_content, $post->post_excerpt ),
				'payload_hash' => $row['payload_hash'],
				'stored'       => array(
					'title'        => $post->post_title,
					'content'      => $post->post_content,
					'excerpt'      => $post->post_excerpt,
					'modified_utc' => mysql2date( 'Y-m-d\TH:i:s\Z', $post->post_modified_gmt, false ),
				),
				'result'       => $row['answer'],
			)
		);
	}

	/**
	 * What post-by-content-id tells of a term's page.
	 *
	 * @param array<string,mixed> $row Claim row.
	 * @return array<string,mixed>
	 */
	private static function term_of( $row ) {
		$term = get_term( (int) $row['result']['term_id'], $row['result']['taxonomy'] );
		if ( ! $term instanceof WP_Term ) {
			return array();
		}
		$name = wp_specialchars_decode( $term->name, ENT_QUOTES );
		return array(
			'state'        => $row['state'],
			'post_id'      => 0,
			'post_status'  => 'publish',
			'permalink'    => (string) get_term_link( $term ),
			'content_hash' => self::content_hash( $name, $term->description, '' ),
			'payload_hash' => $row['payload_hash'],
			'stored'       => array(
				'title'        => $name,
				'content'      => $term->description,
				'excerpt'      => '',
				'modified_utc' => null,
			),
			'result'       => $row['answer'],
		);
	}

	/**
	 * Hash of what is stored of a post.
	 *
	 * @param string $title   Title.
	 * @param string $content Content.
	 * @param string $excerpt Excerpt.
	 * @return string
	 */
	public static function content_hash( $title, $content, $excerpt ) {
		return IGNY8_Signing::sha256( $title . "\n" . $content . "\n" . $excerpt );
	}

	/**
	 * Post types a person would publish to.
	 *
	 * @return array<int,array<string,mixed>>
	 */
	private static function post_types() {
		$enabled = IGNY8_Content_Types::enabled();
		$types   = array();
		foreach ( get_post_types( array( 'public' => true ), 'objects' ) as $type ) {
			if ( 'attachment' !== $type->name ) {
				$types[] = array(
					'name'         => $type->name,
					'label'        => $type->label,
					'enabled'      => in_array( $type->name, $enabled, true ),
					'hierarchical' => $type->hierarchical,
					'templates'    => (object) self::templates( $type->name ),
				);
			}
		}
		return $types;
	}

	/**
	 * Templates of the theme for a post type.
	 *
	 * @param string $type Post type.
	 * @return array<string,string> Names by file.
	 */
	public static function templates( $type ) {
		return wp_get_theme()->get_page_templates( null, $type );
	}

	/**
	 * Taxonomies of the site, without our own.
	 *
	 * @return array<int,array<string,mixed>>
	 */
	private static function taxonomies() {
		$taxonomies = array();
		foreach ( get_taxonomies( array( 'show_ui' => true ), 'objects' ) as $taxonomy ) {
			if ( ! in_array( $taxonomy->name, array( IGNY8_Content_Types::CLUSTER, IGNY8_Content_Types::SECTOR, 'wp_theme', 'wp_template_part_area', 'link_category' ), true ) ) {
				$count        = wp_count_terms(
					array(
						'taxonomy'   => $taxonomy->name,
						'hide_empty' => false,
					)
				);
				$taxonomies[] = array(
					'name'         => $taxonomy->name,
					'label'        => $taxonomy->label,
					'hierarchical' => $taxonomy->hierarchical,
					'object_types' => array_values( (array) $taxonomy->object_type ),
					'count'        => is_wp_error( $count ) ? 0 : (int) $count,
				);
			}
		}
		return $taxonomies;
	}

	/**
	 * Categories, to choose the fallback from.
	 *
	 * @return array<int,array<string,mixed>>
	 */
	private static function categories() {
		$terms = get_terms(
			array(
				'taxonomy'   => 'category',
				'hide_empty' => false,
				'number'     => self::CATEGORIES_AT_MOST,
			)
		);
		return array_map(
			static function ( $term ) {
				return array(
					'id'     => $term->term_id,
					'name'   => wp_specialchars_decode( $term->name, ENT_QUOTES ),
					'parent' => $term->parent,
				);
			},
			is_array( $terms ) ? $terms : array()
		);
	}

	/**
	 * Users who may write.
	 *
	 * @return array<int,array<string,mixed>>
	 */
	private static function authors() {
		$users = get_users(
			array(
				'capability' => array( 'edit_posts' ),
				'number'     => self::AUTHORS_AT_MOST,
				'orderby'    => 'ID',
				'fields'     => array( 'ID', 'user_email', 'display_name' ),
			)
		);
		return array_map(
			static function ( $user ) {
				return array(
					'id'    => (int) $user->ID,
					'email' => $user->user_email,
					'name'  => $user->display_name,
				);
			},
			$users
		);
	}

	/**
	 * Whether every table that a publish writes to can roll back.
	 *
	 * @return bool
	 */
	public static function all_innodb() {
		return array() === self::not_innodb();
	}

	/**
	 * Tables that a publish writes to and that cannot roll back.
	 *
	 * @return string[]
	 */
	public static function not_innodb() {
		global $wpdb;
		$tables = array( $wpdb->posts, $wpdb->postmeta, $wpdb->terms, $wpdb->termmeta, $wpdb->term_taxonomy, $wpdb->term_relationships, IGNY8_Tables::map() );
		if ( 'aioseo' === IGNY8_Seo::active() ) {
			$tables[] = $wpdb->prefix . 'aioseo_posts';
		}
		$marks         = implode( ',', array_fill( 0, count( $tables ), '%s' ) );
		$innodb_tables = $wpdb->get_col( $wpdb->prepare( "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND ENGINE = 'InnoDB' AND TABLE_NAME IN ($marks)", $tables ) ); // phpcs:ignore WordPress.DB
		return array_values( array_diff( $tables, $innodb_tables ) );
	}
}
