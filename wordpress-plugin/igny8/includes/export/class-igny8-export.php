<?php
/**
 * What the site holds, page by page.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * The routes posts and taxonomies. A page is what follows an id, never an offset: nothing is skipped and nothing comes
 * twice, whatever happens between two pages. It is bounded in items, bytes and time.
 */
class IGNY8_Export {

	const PAGE_BYTES   = 4194304;
	const PAGE_SECONDS = 5;
	const ITEMS_CHUNK  = 100;
	const HASHES_CHUNK = 500;

	/**
	 * Route posts.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return array<string,mixed>
	 */
	public static function posts( $request ) {
		global $wpdb;
		$started = microtime( true );
		$query   = new IGNY8_Export_Query( $request );
		$where   = $query->conditions( 'ID' ) . ' AND post_status IN (' . self::texts( IGNY8_Post_Rows::STATUSES ) . ')';
		$types   = $request->get_param( 'types' );
		if ( null === $query->ids ) {
			$where .= ' AND post_type IN (' . self::texts( array() === $types ? array( '' ) : $types ) . ')';
		} else {
			$where .= " AND post_type <> 'revision'";
		}
		wp_raise_memory_limit( 'admin' );
		$page = self::post_page( self::keys( $where, $query ), $query, $started );
		// phpcs:disable WordPress.DB.PreparedSQL
		if ( $query->is_counted ) {
			$page['total'] = (int) $wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->posts} WHERE $where" );
		}
		// phpcs:enable WordPress.DB.PreparedSQL
		if ( null !== $query->ids ) {
			$page['trashed'] = self::trashed( $query );
		}
		return $page;
	}

	/**
	 * Ids and bytes of the posts of a page. Left to itself, the database sorts all posts of the type for each page;
	 * within a short stretch of ids, which most pages do not leave, it reads them in their order.
	 *
	 * @param string             $where Conditions.
	 * @param IGNY8_Export_Query $query What is asked for.
	 * @return array<int,array{0:string,1:string}> One more than the page has place for, when there are more.
	 */
	private static function keys( $where, $query ) {
		global $wpdb;
		$end  = min( $query->after, PHP_INT_MAX - 2 * $query->limit ) + 2 * $query->limit;
		$keys = array();
		foreach ( array( "ID <= $end", "ID > $end" ) as $part ) {
			$rest = $query->limit + 1 - count( $keys );
			if ( $rest > 0 ) {
				// phpcs:disable WordPress.DB.PreparedSQL
				$rows = $wpdb->get_results( "SELECT ID, LENGTH(post_title) + LENGTH(post_content) + LENGTH(post_excerpt) FROM {$wpdb->posts} WHERE $where AND $part ORDER BY ID LIMIT $rest", ARRAY_N );
				// phpcs:enable WordPress.DB.PreparedSQL
				$keys = array_merge( $keys, $rows );
			}
		}
		return $keys;
	}

	/**
	 * Which of the posts that are asked for by their ids are in the trash, or in another state that no item has: what is
	 * neither among them nor among the items is not there.
	 *
	 * @param IGNY8_Export_Query $query What is asked for.
	 * @return int[]
	 */
	private static function trashed( $query ) {
		global $wpdb;
		$where = $query->conditions( 'ID' ) . " AND post_type <> 'revision' AND post_status NOT IN (" . self::texts( array_merge( IGNY8_Post_Rows::STATUSES, array( 'auto-draft', 'inherit' ) ) ) . ')';
		// phpcs:disable WordPress.DB.PreparedSQL
		$post_ids = $wpdb->get_col( "SELECT ID FROM {$wpdb->posts} WHERE $where ORDER BY ID" );
		// phpcs:enable WordPress.DB.PreparedSQL
		return array_map( 'intval', $post_ids );
	}

	/**
	 * Route taxonomies.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return array<string,mixed>
	 */
	public static function taxonomies( $request ) {
		global $wpdb;
		$query = new IGNY8_Export_Query( $request );
		$names = IGNY8_Term_Item::public_taxonomies();
		$where = $query->conditions( 'term_id' ) . ' AND taxonomy IN (' . self::texts( array() === $names ? array( '' ) : $names ) . ')';
		// phpcs:disable WordPress.DB.PreparedSQL
		$keys                  = $wpdb->get_results( "SELECT term_id, SUM(LENGTH(description)) FROM {$wpdb->term_taxonomy} WHERE $where GROUP BY term_id ORDER BY term_id LIMIT " . ( $query->limit + 1 ), ARRAY_N );
		list( $chunks, $rest ) = self::page( $keys, $query->limit );
		$ids                   = array_merge( array(), ...$chunks );
		$page                  = array(
			'taxonomies' => self::described( $names ),
			'items'      => IGNY8_Term_Item::make( $ids, $request->get_param( 'seo' ) ),
			'next'       => $rest ? end( $ids ) : null,
		);
		if ( $query->is_counted ) {
			$page['total'] = (int) $wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->term_taxonomy} WHERE $where" );
		}
		// phpcs:enable WordPress.DB.PreparedSQL
		return $page;
	}

	/**
	 * A page of posts.
	 *
	 * @param array<int,array{0:string,1:string}> $keys    Ids and bytes, one more than the page has place for.
	 * @param IGNY8_Export_Query                  $query   What is asked for.
	 * @param float                               $started When the request began, in seconds.
	 * @return array{items:array<mixed>,next:?int}
	 */
	private static function post_page( $keys, $query, $started ) {
		list( $chunks, $rest ) = '' === $query->fields ? self::page( $keys, $query->limit ) : self::chunks( $keys, $query->limit );
		$items                 = array();
		$last                  = null;
		foreach ( $chunks as $ids ) {
			if ( null !== $last && microtime( true ) - $started >= self::PAGE_SECONDS ) {
				$rest = true;
				break;
			}
			$more  = self::items( $ids, $query->fields );
			$items = array_merge( $items, $more );
			$last  = end( $ids );
		}
		return array(
			'items' => $items,
			'next'  => $rest ? $last : null,
		);
	}

	/**
	 * Posts as they are asked for.
	 *
	 * @param int[]  $ids    Post ids.
	 * @param string $fields Of the query.
	 * @return array<int,mixed>
	 */
	private static function items( $ids, $fields ) {
		if ( 'links' === $fields ) {
			return IGNY8_Permalinks::pairs( $ids );
		}
		return 'hashes' === $fields ? IGNY8_Post_Item::all_hashes( $ids ) : array_values( IGNY8_Post_Item::make( $ids ) );
	}

	/**
	 * Cuts ids to one page by their bytes.
	 *
	 * @param array<int,array{0:string,1:string}> $keys  Ids and bytes.
	 * @param int                                 $limit Items at most.
	 * @return array{0:array<int,int[]>,1:bool} Ids in parts, and whether more follow.
	 */
	private static function page( $keys, $limit ) {
		$bytes = 0;
		$ids   = array();
		foreach ( $keys as $key ) {
			$bytes += (int) $key[1];
			if ( count( $ids ) === $limit || ( $bytes > self::PAGE_BYTES && array() !== $ids ) ) {
				break;
			}
			$ids[] = (int) $key[0];
		}
		return array( array_chunk( $ids, self::ITEMS_CHUNK ), count( $keys ) > count( $ids ) );
	}

	/**
	 * Cuts ids in parts that memory holds.
	 *
	 * @param array<int,array{0:string,1:string}> $keys  Ids and bytes.
	 * @param int                                 $limit Items at most.
	 * @return array{0:array<int,int[]>,1:bool} Ids in parts, and whether more follow.
	 */
	private static function chunks( $keys, $limit ) {
		$chunks = array();
		$bytes  = 0;
		foreach ( array_slice( $keys, 0, $limit ) as $key ) {
			$bytes += (int) $key[1];
			$number = count( $chunks ) - 1;
			if ( $number < 0 || $bytes > self::PAGE_BYTES || count( $chunks[ $number ] ) === self::HASHES_CHUNK ) {
				$bytes    = (int) $key[1];
				$chunks[] = array( (int) $key[0] );
			} else {
				$chunks[ $number ][] = (int) $key[0];
			}
		}
		return array( $chunks, count( $keys ) > $limit );
	}

	/**
	 * Taxonomies of the site.
	 *
	 * @param string[] $names Names.
	 * @return array<int,array<string,mixed>>
	 */
	private static function described( $names ) {
		$taxonomies = array();
		foreach ( $names as $name ) {
			$taxonomy     = get_taxonomy( $name );
			$taxonomies[] = array(
				'name'         => $taxonomy->name,
				'label'        => IGNY8_Text::valid_utf8( (string) $taxonomy->label ),
				'hierarchical' => $taxonomy->hierarchical,
				'object_types' => array_values( (array) $taxonomy->object_type ),
			);
		}
		return $taxonomies;
	}

	/**
	 * Texts as a list in SQL.
	 *
	 * @param string[] $texts Texts.
	 * @return string
	 */
	private static function texts( $texts ) {
		return "'" . implode( "','", array_map( 'esc_sql', $texts ) ) . "'";
	}
}
