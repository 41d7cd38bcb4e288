<?php
/**
 * Characters that the site's tables cannot hold.
 *
 * @package IGNY8
 */

/**
 * Finds them before anything is written: WordPress would refuse the row, or silently leave a field empty. Old tables
 * hold three bytes a character (utf8, utf8mb3), which leaves out emoji and rare signs, or one language (latin1).
 */
class IGNY8_Charset_Check {

	/**
	 * What cannot be held, by field.
	 *
	 * @param IGNY8_Payload $payload Payload.
	 * @return array<string,string[]> Characters by field of the payload.
	 */
	public static function unsupported( $payload ) {
		$characters = array();
		foreach ( self::fields( $payload ) as list( $field, $text, $table, $column ) ) {
			$unsupported = self::unsupported_characters( $text, $table, $column );
			if ( array() !== $unsupported ) {
				$characters[ $field ] = isset( $characters[ $field ] ) ? array_values( array_unique( array_merge( $characters[ $field ], $unsupported ) ) ) : $unsupported;
			}
		}
		return $characters;
	}

	/**
	 * The name of a field of the payload for people.
	 *
	 * @param string $field Field.
	 * @return string
	 */
	public static function label( $field ) {
		$labels = array(
			'post.title'         => __( 'Title', 'igny8' ),
			'post.content'       => __( 'Text', 'igny8' ),
			'post.excerpt'       => __( 'Excerpt', 'igny8' ),
			'seo.title'          => __( 'SEO title', 'igny8' ),
			'seo.description'    => __( 'SEO description', 'igny8' ),
			'seo.canonical'      => __( 'Canonical address', 'igny8' ),
			'seo.focus_keywords' => __( 'Focus keywords', 'igny8' ),
			'relations.cluster'  => __( 'Name of the cluster', 'igny8' ),
			'relations.sector'   => __( 'Name of the sector', 'igny8' ),
		);
		if ( isset( $labels[ $field ] ) ) {
			return $labels[ $field ];
		}
		return 0 === strpos( $field, 'images.' ) ? __( 'Words of an image', 'igny8' ) : __( 'Name of a term', 'igny8' );
	}

	/**
	 * Field, text, table and column of all that is written.
	 *
	 * @param IGNY8_Payload $payload Payload.
	 * @return array<int,array<int,string>>
	 */
	private static function fields( $payload ) {
		global $wpdb;
		$post    = $payload->post;
		$is_term = IGNY8_Term_Page::TYPE === $post['type'];
		$meta    = $is_term ? $wpdb->termmeta : $wpdb->postmeta;
		$fields  = array(
			array( 'post.title', $post['title'], $is_term ? $wpdb->terms : $wpdb->posts, $is_term ? 'name' : 'post_title' ),
			array( 'post.content', $post['content'], $is_term ? $wpdb->term_taxonomy : $wpdb->posts, $is_term ? 'description' : 'post_content' ),
			array( 'post.excerpt', $is_term ? '' : $post['excerpt'], $wpdb->posts, 'post_excerpt' ),
		);
		foreach ( array( 'title', 'description', 'canonical' ) as $name ) {
			$fields[] = array( "seo.$name", $payload->seo[ $name ], $meta, 'meta_value' );
		}
		$fields[] = array( 'seo.focus_keywords', implode( ', ', $payload->seo['focus_keywords'] ), $meta, 'meta_value' );
		foreach ( $payload->terms as $term ) {
			$fields[] = array( 'terms.' . $term['ref'], $term['name'], $wpdb->terms, 'name' );
		}
		foreach ( array( 'cluster', 'sector' ) as $name ) {
			$relation = $payload->relations[ $name ];
			$fields[] = array( "relations.$name", null === $relation ? '' : $relation['name'], $wpdb->terms, 'name' );
		}
		foreach ( $payload->images as $index => $image ) {
			$fields[] = array( "images.$index", $image['title'], $wpdb->posts, 'post_title' );
			$fields[] = array( "images.$index", $image['caption'], $wpdb->posts, 'post_excerpt' );
			$fields[] = array( "images.$index", $image['alt'], $wpdb->postmeta, 'meta_value' );
		}
		return array_merge( $fields, self::of_plugins( $payload, $is_term ) );
	}

	/**
	 * Where an SEO plugin keeps the fields in a table of another kind.
	 *
	 * @param IGNY8_Payload $payload Payload.
	 * @param bool          $is_term Whether it is the page of a term.
	 * @return array<int,array<int,string>>
	 */
	private static function of_plugins( $payload, $is_term ) {
		global $wpdb;
		$active = IGNY8_Seo::active();
		$fields = array();
		foreach ( array( 'title', 'description' ) as $name ) {
			if ( 'aioseo' === $active && ! $is_term && IGNY8_Seo::has_table() ) {
				$fields[] = array( "seo.$name", $payload->seo[ $name ], $wpdb->prefix . 'aioseo_posts', $name );
			} elseif ( 'yoast' === $active && $is_term ) {
				$fields[] = array( "seo.$name", $payload->seo[ $name ], $wpdb->options, 'option_value' );
			}
		}
		return $fields;
	}

	/**
	 * Characters of a text that a column cannot hold, each once.
	 *
	 * @param string $text   Text.
	 * @param string $table  Table.
	 * @param string $column Column.
	 * @return string[]
	 */
	private static function unsupported_characters( $text, $table, $column ) {
		global $wpdb;
		if ( ! preg_match( '/[^\x00-\x7f]/', $text ) ) {
			return array();
		}
		$charset = $wpdb->get_col_charset( $table, $column );
		if ( ! is_string( $charset ) || 'utf8mb4' === $charset || 'binary' === $charset ) {
			return array();
		}
		if ( in_array( $charset, array( 'utf8', 'utf8mb3' ), true ) ) {
			preg_match_all( '/[\x{10000}-\x{10FFFF}]/u', $text, $matches );
			return array_values( array_unique( $matches[0] ) );
		}
		preg_match_all( '/[^\x00-\x7f]/u', $text, $matches );
		$characters = array_values( array_unique( $matches[0] ) );
		$valid_text = $wpdb->strip_invalid_text_for_column( $table, $column, implode( '', $characters ) );
		return is_string( $valid_text ) ? array_values( array_diff( $characters, preg_split( '//u', $valid_text, -1, PREG_SPLIT_NO_EMPTY ) ) ) : $characters;
	}
}
