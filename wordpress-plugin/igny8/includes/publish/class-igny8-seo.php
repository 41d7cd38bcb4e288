<?php
/**
 * SEO fields.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Writes title, description, canonical and focus keywords where the site's SEO plugin reads them, and always
 * in our own meta: with no SEO plugin active the head prints those.
 */
class IGNY8_Seo {

	const OWN = array(
		'title'       => '_igny8_seo_title',
		'description' => '_igny8_seo_description',
		'canonical'   => '_igny8_seo_canonical',
	);

	const FOCUS = '_igny8_focus_keywords';

	const AIOSEO_MODEL = '\AIOSEO\Plugin\Common\Models\Post';

	const CONSTANTS = array(
		'yoast'    => 'WPSEO_VERSION',
		'rankmath' => 'RANK_MATH_VERSION',
		'aioseo'   => 'AIOSEO_VERSION',
		'seopress' => 'SEOPRESS_VERSION',
	);

	/**
	 * Meta keys of the plugins that keep their fields there.
	 */
	const META = array(
		'yoast'    => array(
			'title'       => '_yoast_wpseo_title',
			'description' => '_yoast_wpseo_metadesc',
			'canonical'   => '_yoast_wpseo_canonical',
			'focus'       => '_yoast_wpseo_focuskw',
		),
		'rankmath' => array(
			'title'       => 'rank_math_title',
			'description' => 'rank_math_description',
			'canonical'   => 'rank_math_canonical_url',
			'focus'       => 'rank_math_focus_keyword',
		),
		'seopress' => array(
			'title'       => '_seopress_titles_title',
			'description' => '_seopress_titles_desc',
			'canonical'   => '_seopress_robots_canonical',
			'focus'       => '_seopress_analysis_target_kw',
		),
	);

	/**
	 * Name of the active SEO plugin, or none.
	 *
	 * @return string
	 */
	public static function active() {
		foreach ( self::CONSTANTS as $name => $constant ) {
			if ( defined( $constant ) ) {
				return $name;
			}
		}
		return 'none';
	}

	/**
	 * The active SEO plugin.
	 *
	 * @return array{active:string,version:?string,configured:bool,other:?string} `other` is the name of one that we
	 *               cannot write to, null without one.
	 */
	public static function plugin() {
		$active = self::active();
		return array(
			'active'     => $active,
			'version'    => 'none' === $active ? null : (string) constant( self::CONSTANTS[ $active ] ),
			'configured' => self::is_set_up( $active ),
			'other'      => '' === IGNY8_Other_Seo::name() ? null : IGNY8_Other_Seo::name(),
		);
	}

	/**
	 * Whether a plugin shows what it holds.
	 *
	 * @param string $active Plugin.
	 * @return bool
	 */
	private static function is_set_up( $active ) {
		global $wpdb;
		if ( 'rankmath' === $active ) {
			// Its front end is not even loaded until the site was connected to its makers or that was skipped; the option
			// rank_math_is_configured only says that the wizard was finished.
			$silent = array( '\RankMath\Helper', 'is_invalid_registration' );
			return is_callable( $silent ) ? ! call_user_func( $silent ) : (bool) get_option( 'rank_math_registration_skip' );
		}
		if ( 'seopress' === $active ) {
			// Its feature “Titles & Metas”, which is also off until somebody has been in wp-admin after the activation.
			return ! is_callable( 'seopress_get_toggle_option' ) || '1' === (string) call_user_func( 'seopress_get_toggle_option', 'titles' );
		}
		$table = $wpdb->prefix . 'aioseo_posts';
		return 'aioseo' !== $active || ( is_callable( array( self::AIOSEO_MODEL, 'savePost' ) ) && $wpdb->get_var( $wpdb->prepare( 'SHOW TABLES LIKE %s', $wpdb->esc_like( $table ) ) ) === $table );
	}

	/**
	 * The meta values to write for a payload; an empty value means that there shall be none.
	 *
	 * @param array<string,mixed> $seo SEO part of the payload.
	 * @return array<string,string> Values by meta key.
	 */
	public static function meta( $seo ) {
		$values = array( self::FOCUS => implode( ', ', $seo['focus_keywords'] ) );
		foreach ( self::OWN as $field => $key ) {
			$values[ $key ] = $seo[ $field ];
		}
		$active = self::active();
		$values = array_merge( $values, self::plugin_meta( $active, $seo, 'post' ) );
		if ( 'yoast' === $active && defined( 'WPSEO_PREMIUM_VERSION' ) ) {
			$values[ IGNY8_Seo_Reader::YOAST_RELATED ] = self::yoast_related( array_slice( $seo['focus_keywords'], 1 ) );
		}
		return $values;
	}

	/**
	 * The values that a plugin shall hold, as it stores them.
	 *
	 * @param string              $plugin Plugin.
	 * @param array<string,mixed> $seo    SEO part of the payload.
	 * @param string              $kind   Kind, post or term.
	 * @return array<string,string> By field: title, description, canonical and focus; without those to be left alone.
	 */
	public static function stored( $plugin, $seo, $kind ) {
		$values          = array_intersect_key( $seo, self::OWN );
		$values['focus'] = self::focus( $plugin, $seo['focus_keywords'] );
		foreach ( $values as $field => $value ) {
			$values[ $field ] = IGNY8_Seo_Text::stored( $plugin, $field, $value, $kind );
		}
		return array_filter( $values, 'is_string' );
	}

	/**
	 * The same by meta key, of a plugin that keeps its fields in meta.
	 *
	 * @param string              $plugin Plugin.
	 * @param array<string,mixed> $seo    SEO part of the payload.
	 * @param string              $kind   Kind, post or term.
	 * @return array<string,string> None for another plugin.
	 */
	public static function plugin_meta( $plugin, $seo, $kind ) {
		$values = array();
		foreach ( isset( self::META[ $plugin ] ) ? self::stored( $plugin, $seo, $kind ) : array() as $field => $value ) {
			$values[ self::META[ $plugin ][ $field ] ] = $value;
		}
		return $values;
	}

	/**
	 * Whether a meta value is ours: what an editor wrote in WordPress is not emptied.
	 *
	 * @param string                 $key  Meta key.
	 * @param string                 $old  Its value.
	 * @param array<string,string[]> $meta All meta of the post.
	 * @return bool
	 */
	public static function is_ours( $key, $old, $meta ) {
		foreach ( self::META as $plugin => $keys ) {
			$field = array_search( $key, $keys, true );
			if ( false === $field ) {
				continue;
			}
			$own  = 'focus' === $field ? self::FOCUS : self::OWN[ $field ];
			$text = isset( $meta[ $own ][0] ) ? $meta[ $own ][0] : '';
			$text = 'focus' === $field ? self::focus( $plugin, IGNY8_Seo_Reader::keywords( $text ) ) : $text;
			return IGNY8_Seo_Text::stored( $plugin, $field, $text ) === $old;
		}
		return true;
	}

	/**
	 * Writes to AIOSEO, which keeps its fields in a table of its own.
	 *
	 * @param int                 $post_id Post.
	 * @param array<string,mixed> $seo     SEO part of the payload.
	 */
	public static function write_table( $post_id, $seo ) {
		if ( ! self::has_table() ) {
			return;
		}
		$row    = self::aioseo_row( $post_id );
		$fields = array_intersect_key( self::stored( 'aioseo', $seo, 'post' ), self::OWN );
		if ( isset( $fields['canonical'] ) ) {
			$fields['canonicalUrl'] = $fields['canonical'];
			unset( $fields['canonical'] );
		}
		$rows                 = self::table_rows( $post_id );
		$fields['keyphrases'] = self::keyphrases( $seo['focus_keywords'], isset( $rows[0]['keyphrases'] ) ? $rows[0]['keyphrases'] : '' );
		$data                 = version_compare( AIOSEO_VERSION, '4.9.8', '>=' ) ? array() : $row;
		call_user_func( array( self::AIOSEO_MODEL, 'savePost' ), $post_id, array_merge( $data, $fields ) );
	}

	/**
	 * Keyphrases as AIOSEO keeps them; what it found out about one that stays is kept, an empty object as such too.
	 *
	 * @param string[] $keywords       Focus keywords.
	 * @param string   $stored_phrases Keyphrases that are there, as JSON; empty without any.
	 * @return string JSON.
	 */
	private static function keyphrases( $keywords, $stored_phrases ) {
		$phrases_by_keyword = array();
		$stored             = json_decode( $stored_phrases );
		$more               = isset( $stored->additional ) && is_array( $stored->additional ) ? $stored->additional : array();
		foreach ( array_merge( isset( $stored->focus ) ? array( $stored->focus ) : array(), $more ) as $phrase ) {
			if ( isset( $phrase->keyphrase ) && is_string( $phrase->keyphrase ) ) {
				$phrases_by_keyword += array( $phrase->keyphrase => $phrase );
			}
		}
		$phrases = array();
		foreach ( $keywords as $keyword ) {
			$phrases[] = isset( $phrases_by_keyword[ $keyword ] ) ? $phrases_by_keyword[ $keyword ] : array(
				'keyphrase' => $keyword,
				'score'     => 0,
				'analysis'  => (object) array(),
			);
		}
		return (string) wp_json_encode(
			array(
				'focus'      => isset( $phrases[0] ) ? $phrases[0] : (object) array(),
				'additional' => array_slice( $phrases, 1 ),
			)
		);
	}

	/**
	 * Whether AIOSEO is there with its table.
	 *
	 * @return bool
	 */
	public static function has_table() {
		static $has = null;
		if ( null === $has ) {
			$has = 'aioseo' === self::active() && self::is_set_up( 'aioseo' );
		}
		return $has;
	}

	/**
	 * AIOSEO's rows of a post, to be kept aside.
	 *
	 * @param int $post_id Post.
	 * @return array<int,array<string,mixed>>
	 */
	public static function table_rows( $post_id ) {
		global $wpdb;
		if ( ! self::has_table() ) {
			return array();
		}
		return $wpdb->get_results( $wpdb->prepare( "SELECT * FROM {$wpdb->prefix}aioseo_posts WHERE post_id = %d ORDER BY id", $post_id ), ARRAY_A );
	}

	/**
	 * Puts AIOSEO's rows of a post back.
	 *
	 * @param int                            $post_id Post.
	 * @param array<int,array<string,mixed>> $rows    Rows; none to leave none.
	 */
	public static function put_table_rows( $post_id, $rows ) {
		global $wpdb;
		if ( ! self::has_table() ) {
			return;
		}
		$wpdb->delete( $wpdb->prefix . 'aioseo_posts', array( 'post_id' => $post_id ) );
		foreach ( $rows as $row ) {
			$wpdb->insert( $wpdb->prefix . 'aioseo_posts', $row );
		}
	}

	/**
	 * The row as it is, in the names that savePost() reads: before 4.9.8 it sets back what it is not given.
	 *
	 * @param int $post_id Post.
	 * @return array<string,mixed>
	 */
	private static function aioseo_row( $post_id ) {
		if ( ! is_callable( array( self::AIOSEO_MODEL, 'getPost' ) ) ) {
			return array();
		}
		$row   = json_decode( (string) wp_json_encode( call_user_func( array( self::AIOSEO_MODEL, 'getPost' ), $post_id ) ), true );
		$names = array(
			'robots_max_snippet'      => 'maxSnippet',
			'robots_max_videopreview' => 'maxVideoPreview',
			'robots_max_imagepreview' => 'maxImagePreview',
			'canonical_url'           => 'canonicalUrl',
		);
		$data  = array();
		foreach ( is_array( $row ) ? $row : array() as $column => $value ) {
			$data[ isset( $names[ $column ] ) ? $names[ $column ] : preg_replace( '/^robots_/', '', $column ) ] = $value;
		}
		return $data;
	}

	/**
	 * Whether AIOSEO's table holds the fields.
	 *
	 * @param int                 $post_id Post.
	 * @param array<string,mixed> $seo     SEO part of the payload.
	 * @return bool
	 */
	public static function table_holds( $post_id, $seo ) {
		global $wpdb;
		if ( ! self::has_table() ) {
			return true;
		}
		$row      = $wpdb->get_row( $wpdb->prepare( "SELECT title, description, canonical_url AS canonical FROM {$wpdb->prefix}aioseo_posts WHERE post_id = %d ORDER BY id", $post_id ), ARRAY_A );
		$expected = array_intersect_key( self::stored( 'aioseo', $seo, 'post' ), self::OWN );
		return is_array( $row ) && array_intersect_key( array_map( 'strval', $row ), $expected ) === $expected;
	}

	/**
	 * Focus keywords as a plugin keeps them.
	 *
	 * @param string   $plugin   Plugin.
	 * @param string[] $keywords Keywords.
	 * @return string
	 */
	private static function focus( $plugin, $keywords ) {
		if ( array() === $keywords ) {
			return '';
		}
		return 'yoast' === $plugin ? $keywords[0] : implode( ',', $keywords );
	}

	/**
	 * Related keyphrases as Yoast Premium keeps them, without what it takes out of a text.
	 *
	 * @param string[] $keywords Keywords after the first.
	 * @return string
	 */
	public static function yoast_related( $keywords ) {
		if ( array() === $keywords ) {
			return '';
		}
		$related = array_map(
			static function ( $keyword ) {
				return array(
					'keyword' => IGNY8_Seo_Text::stored( 'yoast', 'focus', $keyword ),
					'score'   => '',
				);
			},
			$keywords
		);
		return (string) sanitize_meta( IGNY8_Seo_Reader::YOAST_RELATED, (string) wp_json_encode( $related, JSON_UNESCAPED_UNICODE ), 'post' );
	}
}
