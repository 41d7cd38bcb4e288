<?php
/**
 * Addresses of many posts and terms.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Asks WordPress for addresses, after what it will look up for them was read at once.
 */
class IGNY8_Permalinks {

	/**
	 * Filters by which other plugins make addresses, mostly of terms.
	 */
	const FILTERS = array( 'pre_post_link', 'post_link', 'post_type_link', 'page_link' );

	/**
	 * Names, as a hash, what the addresses of posts and terms are made of beside themselves: it changes when all of them
	 * may have moved.
	 *
	 * @return string
	 */
	public static function made_of() {
		global $wpdb;
		$parts = array_merge( array( home_url() ), array_map( 'get_option', IGNY8_Watcher::OPTIONS ) );
		$text  = (string) wp_json_encode( $parts );
		foreach ( array( 'category', 'product_cat' ) as $taxonomy ) {
			if ( false !== strpos( $text, '%' . $taxonomy . '%' ) ) {
				$parts[] = $wpdb->get_results( $wpdb->prepare( "SELECT t.term_id, t.slug, x.parent FROM {$wpdb->terms} t JOIN {$wpdb->term_taxonomy} x ON x.term_id = t.term_id WHERE x.taxonomy = %s ORDER BY t.term_id", $taxonomy ), ARRAY_N );
			}
		}
		return IGNY8_Signing::sha256( (string) wp_json_encode( $parts ) );
	}

	/**
	 * Ids and addresses of posts, in the order of their ids, without reading their texts.
	 *
	 * @param int[] $ids Post ids.
	 * @return array<int,array{0:int,1:string}>
	 */
	public static function pairs( array $ids ) {
		global $wpdb;
		$list  = implode( ',', array_map( 'intval', $ids ) );
		$rows  = '' === $list ? array() : $wpdb->get_results( "SELECT ID, post_type, post_status, post_name, post_title, post_parent, post_author, post_date, post_date_gmt FROM {$wpdb->posts} WHERE ID IN ($list) ORDER BY ID" ); // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared
		$pairs = array();
		foreach ( self::of( $rows ) as $id => $link ) {
			$pairs[] = array( $id, $link );
		}
		return $pairs;
	}

	/**
	 * Addresses of posts.
	 *
	 * @param array<int,object> $rows Rows of the posts table.
	 * @return array<int,string> By post id; empty for a type that is not registered.
	 */
	public static function of( $rows ) {
		self::prime( $rows );
		$links = array();
		foreach ( $rows as $row ) {
			$link                    = post_type_exists( $row->post_type ) ? get_permalink( self::post_of_row( $row ) ) : '';
			$links[ (int) $row->ID ] = IGNY8_Text::valid_utf8( (string) $link );
		}
		return $links;
	}

	/**
	 * Addresses of terms.
	 *
	 * @param array<int,WP_Term> $terms Terms.
	 * @return array<int,string> By key of the list; empty for terms without pages.
	 */
	public static function of_terms( $terms ) {
		$parents    = wp_list_pluck( $terms, 'parent' );
		$primed_ids = array();
		while ( array() !== $parents ) {
			$parents    = array_diff( array_unique( array_filter( array_map( 'intval', $parents ) ) ), $primed_ids );
			$primed_ids = array_merge( $primed_ids, $parents );
			_prime_term_caches( $parents, false );
			$parents = array_map( array( __CLASS__, 'parent_of_term' ), $parents );
		}
		$links = array();
		foreach ( $terms as $key => $term ) {
			$taxonomy      = get_taxonomy( $term->taxonomy );
			$link          = false !== $taxonomy && $taxonomy->publicly_queryable ? get_term_link( $term ) : '';
			$links[ $key ] = IGNY8_Text::valid_utf8( is_string( $link ) ? $link : '' );
		}
		return $links;
	}

	/**
	 * Reads what addresses are made of: pages above, categories, authors.
	 *
	 * @param array<int,object> $rows Rows of the posts table.
	 */
	private static function prime( $rows ) {
		$structure = (string) get_option( 'permalink_structure' );
		$parents   = array();
		$ids       = array();
		foreach ( $rows as $row ) {
			$ids[ $row->post_type ][] = (int) $row->ID;
			if ( is_post_type_hierarchical( $row->post_type ) ) {
				$parents[] = (int) $row->post_parent;
			}
		}
		$primed_ids = array();
		while ( array() !== $parents ) {
			$parents    = array_diff( array_unique( array_filter( $parents ) ), $primed_ids );
			$primed_ids = array_merge( $primed_ids, $parents );
			_prime_post_caches( $parents, false, false );
			$parents = array_map( 'wp_get_post_parent_id', $parents );
		}
		if ( false !== strpos( $structure, '%author%' ) ) {
			cache_users( array_unique( wp_list_pluck( $rows, 'post_author' ) ) );
		}
		if ( false !== strpos( $structure, '%category%' ) || array() !== array_filter( self::FILTERS, 'has_filter' ) ) {
			// The terms of a post are looked up by its id, so it has to be known by that.
			$posts = array_map( array( __CLASS__, 'post_of_row' ), $rows );
			update_post_cache( $posts );
			foreach ( $ids as $type => $of_type ) {
				update_object_term_cache( $of_type, $type );
			}
		}
	}

	/**
	 * A post of its row, so that WordPress reads it from nowhere else.
	 *
	 * @param object $row Row of the posts table.
	 * @return WP_Post
	 */
	private static function post_of_row( $row ) {
		$post              = new WP_Post( $row );
		$post->ID          = (int) $row->ID;
		$post->post_parent = (int) $row->post_parent;
		$post->filter      = 'raw';
		return $post;
	}

	/**
	 * Parent of a term.
	 *
	 * @param int $term_id Term.
	 * @return int
	 */
	private static function parent_of_term( $term_id ) {
		$term = get_term( $term_id );
		return $term instanceof WP_Term ? $term->parent : 0;
	}
}
