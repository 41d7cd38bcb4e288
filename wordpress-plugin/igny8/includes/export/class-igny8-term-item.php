<?php
/**
 * A term as the app sees it.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * The contract's items of "GET taxonomies".
 */
class IGNY8_Term_Item {

	const CONTENT_ID = '_igny8_content_id';
	const IGNY8_ID   = '_igny8_external_id';

	/**
	 * Items of terms, by ascending term id, then taxonomy.
	 *
	 * @param int[] $term_ids Term ids; those that are not there, or of a taxonomy nobody sees, are left out.
	 * @param bool  $all_seo  Whether the SEO fields of all terms are wanted, not only of those that the app publishes to.
	 * @return array<int,array<string,mixed>> List.
	 */
	public static function make( array $term_ids, bool $all_seo = false ): array {
		$terms = self::read( $term_ids );
		$meta  = self::meta( wp_list_pluck( $terms, 'term_id' ) );
		$links = IGNY8_Permalinks::of_terms( $terms );
		$ours  = array();
		foreach ( $terms as $key => $term ) {
			if ( $all_seo || isset( $meta[ $term->term_id ][ self::CONTENT_ID ] ) ) {
				$ours[ $key ] = $term;
			}
		}
		$seo   = IGNY8_Term_Seo::read( $ours );
		$items = array();
		foreach ( $terms as $key => $term ) {
			$own     = isset( $meta[ $term->term_id ] ) ? $meta[ $term->term_id ] : array();
			$item    = IGNY8_Text::mend_all(
				array(
					'term_id'     => $term->term_id,
					'taxonomy'    => $term->taxonomy,
					// WordPress stores names escaped for HTML.
					'name'        => wp_specialchars_decode( IGNY8_Text::valid_utf8( $term->name ), ENT_QUOTES ),
					'slug'        => $term->slug,
					'description' => $term->description,
					'parent'      => $term->parent,
					'count'       => $term->count,
					'permalink'   => $links[ $key ],
					'content_id'  => isset( $own[ self::CONTENT_ID ] ) ? $own[ self::CONTENT_ID ] : null,
					'igny8_id'    => isset( $own[ self::IGNY8_ID ] ) ? $own[ self::IGNY8_ID ] : null,
				) + ( isset( $seo[ $key ] ) ? array( 'seo' => $seo[ $key ] ) : array() )
			);
			$items[] = isset( $item['seo'] ) ? $item + self::marks_of( $item, $item['seo'] ) : $item;
		}
		return $items;
	}

	/**
	 * What tells the state of a term.
	 *
	 * @param int    $term_id  Term.
	 * @param string $taxonomy Taxonomy.
	 * @return array{content_hash:string,parts:string}|null Null when it is not there.
	 */
	public static function marks( $term_id, $taxonomy ) {
		foreach ( self::make( array( $term_id ), true ) as $item ) {
			if ( $taxonomy === $item['taxonomy'] ) {
				return self::marks_of( $item, $item['seo'] );
			}
		}
		return null;
	}

	/**
	 * The SEO fields of a term.
	 *
	 * @param int    $term_id  Term.
	 * @param string $taxonomy Taxonomy.
	 * @return array<string,mixed>|null Null when it is not there.
	 */
	public static function seo( $term_id, $taxonomy ) {
		$seo_by_taxonomy = array_column( self::make( array( $term_id ), true ), 'seo', 'taxonomy' );
		return isset( $seo_by_taxonomy[ $taxonomy ] ) ? $seo_by_taxonomy[ $taxonomy ] : null;
	}

	/**
	 * What tells the state of an item.
	 *
	 * @param array<string,mixed> $item Item.
	 * @param array<string,mixed> $seo  Its SEO fields.
	 * @return array{content_hash:string,parts:string}
	 */
	private static function marks_of( $item, $seo ) {
		return array(
			'content_hash' => IGNY8_Status::content_hash( $item['name'], $item['description'], '' ),
			'parts'        => IGNY8_Parts::of(
				array(
					'title'   => $item['name'],
					'content' => $item['description'],
				) + array_intersect_key( $item, array_flip( array( 'slug', 'parent' ) ) ) + compact( 'seo' )
			),
		);
	}

	/**
	 * Names of the taxonomies that people see.
	 *
	 * @return string[]
	 */
	public static function public_taxonomies() {
		$visible = array_merge( get_taxonomies( array( 'public' => true ) ), get_taxonomies( array( 'show_ui' => true ) ) );
		// Blogroll links are no content.
		return array_values( array_diff( array_unique( $visible ), array( 'link_category' ) ) );
	}

	/**
	 * Reads terms past the object cache.
	 *
	 * @param int[] $term_ids Term ids.
	 * @return array<int,WP_Term>
	 */
	private static function read( $term_ids ) {
		global $wpdb;
		$ids   = array_unique( array_filter( array_map( 'intval', $term_ids ) ) );
		$names = array_map( 'esc_sql', self::public_taxonomies() );
		if ( array() === $ids || array() === $names ) {
			return array();
		}
		// phpcs:ignore WordPress.DB.PreparedSQL
		$rows = $wpdb->get_results( "SELECT t.term_id, t.name, t.slug, t.term_group, x.term_taxonomy_id, x.taxonomy, x.description, x.parent, x.count FROM {$wpdb->terms} t JOIN {$wpdb->term_taxonomy} x ON x.term_id = t.term_id WHERE t.term_id IN (" . implode( ',', $ids ) . ") AND x.taxonomy IN ('" . implode( "','", $names ) . "') ORDER BY t.term_id, x.taxonomy" );
		return array_map(
			static function ( $row ) {
				foreach ( array( 'term_id', 'term_group', 'term_taxonomy_id', 'parent', 'count' ) as $name ) {
					$row->$name = (int) $row->$name;
				}
				return new WP_Term( $row );
			},
			$rows
		);
	}

	/**
	 * What terms remember of the app.
	 *
	 * @param int[] $ids Term ids.
	 * @return array<int,array<string,string>> By term id and key.
	 */
	private static function meta( $ids ) {
		global $wpdb;
		$meta = array();
		if ( array() === $ids ) {
			return $meta;
		}
		$list = implode( ',', array_unique( $ids ) );
		$rows = $wpdb->get_results( "SELECT term_id, meta_key, meta_value FROM {$wpdb->termmeta} WHERE term_id IN ($list) AND meta_key IN ('" . self::CONTENT_ID . "','" . self::IGNY8_ID . "') AND meta_value <> '' ORDER BY meta_id DESC", ARRAY_N ); // phpcs:ignore WordPress.DB.PreparedSQL
		foreach ( $rows as $row ) {
			$meta[ (int) $row[0] ][ $row[1] ] = (string) $row[2];
		}
		return $meta;
	}
}
