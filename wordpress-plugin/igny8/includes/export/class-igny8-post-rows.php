<?php
/**
 * Many posts at once.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Reads posts with what hangs on them in a fixed number of queries, and past the object cache: what was changed behind
 * WordPress's back is to be seen.
 */
class IGNY8_Post_Rows {

	/**
	 * Statuses that the app sees: no revisions, no auto-drafts, no trash.
	 */
	const STATUSES = array( 'publish', 'future', 'draft', 'pending', 'private' );

	const META = array( '_thumbnail_id', '_wp_page_template', '_igny8_task_id', '_igny8_cluster_id', '_igny8_sector_id', '_igny8_keyword_ids' );

	/**
	 * Names of visible taxonomies by post type.
	 *
	 * @var array<string,string[]>
	 */
	private static $taxonomies = array();

	/**
	 * Posts in the order of their ids.
	 *
	 * @param int[] $ids Post ids; those that are not there, or in the trash, are left out.
	 * @return array<int,array<string,mixed>> By post id: post (the row), meta (first values), terms (ids by taxonomy),
	 *                                        seo, content_id, run_id.
	 */
	public static function read( $ids ) {
		global $wpdb;
		$ids = array_unique( array_filter( array_map( 'intval', $ids ) ) );
		if ( array() === $ids ) {
			return array();
		}
		$within = implode( ',', $ids );
		$posts  = $wpdb->get_results( "SELECT * FROM {$wpdb->posts} WHERE ID IN ($within) AND post_status IN ('" . implode( "','", self::STATUSES ) . "') AND post_type <> 'revision' ORDER BY ID" ); // phpcs:ignore WordPress.DB.PreparedSQL
		$wpdb->flush();
		$rows = array();
		foreach ( $posts as $post ) {
			$rows[ (int) $post->ID ] = array( 'post' => $post );
		}
		if ( array() === $rows ) {
			return array();
		}
		$within = implode( ',', array_keys( $rows ) );
		$meta   = self::meta( $within, array_keys( $rows ) );
		$terms  = self::terms( $within, $posts );
		$seo    = IGNY8_Seo_Reader::read( $meta );
		$ours   = self::published( $within );
		foreach ( $rows as $id => $row ) {
			$rows[ $id ]['meta']       = $meta[ $id ];
			$rows[ $id ]['terms']      = $terms[ $id ];
			$rows[ $id ]['seo']        = $seo[ $id ];
			$rows[ $id ]['content_id'] = isset( $ours[ $id ] ) ? (string) $ours[ $id ][1] : null;
			$rows[ $id ]['run_id']     = isset( $ours[ $id ] ) && '' !== $ours[ $id ][2] ? $ours[ $id ][2] : null;
		}
		return $rows;
	}

	/**
	 * One post that a publish is just writing, in the form of read() as far as its state goes.
	 *
	 * @param object               $post           Row of the post.
	 * @param array<string,string> $meta           First values of its meta by key.
	 * @param array<int,object>    $assigned_terms Its terms: term_id and taxonomy.
	 * @param string               $run_id         Run that writes it.
	 * @return array<string,mixed> With post, meta, terms, seo and run_id.
	 */
	public static function of( $post, $meta, $assigned_terms, $run_id ) {
		$terms = array_fill_keys( self::taxonomies_of( $post->post_type ), array() );
		foreach ( $assigned_terms as $term ) {
			if ( isset( $terms[ $term->taxonomy ] ) ) {
				$terms[ $term->taxonomy ][] = (int) $term->term_id;
			}
		}
		foreach ( array_keys( $terms ) as $taxonomy ) {
			sort( $terms[ $taxonomy ] );
		}
		$id  = (int) $post->ID;
		$seo = IGNY8_Seo_Reader::read( array( $id => $meta ) )[ $id ];
		return compact( 'post', 'meta', 'terms', 'seo', 'run_id' );
	}

	/**
	 * Taxonomies of a post type that people see.
	 *
	 * @param string $type Post type.
	 * @return string[]
	 */
	public static function taxonomies_of( $type ) {
		if ( ! isset( self::$taxonomies[ $type ] ) ) {
			$visible = array();
			foreach ( get_object_taxonomies( $type, 'objects' ) as $taxonomy ) {
				if ( $taxonomy->public || $taxonomy->show_ui ) {
					$visible[] = $taxonomy->name;
				}
			}
			self::$taxonomies[ $type ] = $visible;
		}
		return self::$taxonomies[ $type ];
	}

	/**
	 * The meta that the app is told of. Of several values of a key WordPress means the first.
	 *
	 * @param string $within Post ids with commas.
	 * @param int[]  $ids    Post ids.
	 * @return array<int,array<string,string>> By post id and key.
	 */
	private static function meta( $within, $ids ) {
		global $wpdb;
		$keys = array_unique( array_merge( self::META, IGNY8_Seo_Reader::meta_keys() ) );
		$meta = array_fill_keys( $ids, array() );
		// phpcs:ignore WordPress.DB.PreparedSQL
		$rows = $wpdb->get_results( "SELECT post_id, meta_key, meta_value FROM {$wpdb->postmeta} WHERE post_id IN ($within) AND meta_key IN ('" . implode( "','", $keys ) . "') ORDER BY meta_id DESC", ARRAY_N );
		foreach ( $rows as $row ) {
			$meta[ (int) $row[0] ][ $row[1] ] = (string) $row[2];
		}
		return $meta;
	}

	/**
	 * Ids of the terms that posts have.
	 *
	 * @param string            $within Post ids with commas.
	 * @param array<int,object> $posts  Rows.
	 * @return array<int,array<string,int[]>> By post id and taxonomy, ascending.
	 */
	private static function terms( $within, $posts ) {
		global $wpdb;
		$terms = array();
		$names = array();
		foreach ( $posts as $post ) {
			$visible                  = self::taxonomies_of( $post->post_type );
			$terms[ (int) $post->ID ] = array_fill_keys( $visible, array() );
			$names                   += array_fill_keys( $visible, true );
		}
		if ( array() === $names ) {
			return $terms;
		}
		$names = implode( "','", array_map( 'esc_sql', array_keys( $names ) ) );
		// Left to itself the database may begin with the taxonomies, and read all of their posts.
		// phpcs:ignore WordPress.DB.PreparedSQL
		$rows = $wpdb->get_results( "SELECT STRAIGHT_JOIN r.object_id, x.taxonomy, x.term_id FROM {$wpdb->term_relationships} r JOIN {$wpdb->term_taxonomy} x ON x.term_taxonomy_id = r.term_taxonomy_id WHERE r.object_id IN ($within) AND x.taxonomy IN ('$names') ORDER BY x.term_id", ARRAY_N );
		foreach ( $rows as $row ) {
			if ( isset( $terms[ (int) $row[0] ][ $row[1] ] ) ) {
				$terms[ (int) $row[0] ][ $row[1] ][] = (int) $row[2];
			}
		}
		return $terms;
	}

	/**
	 * The contents that posts were published from, and the runs that did it last.
	 *
	 * @param string $within Post ids with commas.
	 * @return array<int,array{0:string,1:string,2:string}> Post, content and run, by post id.
	 */
	private static function published( $within ) {
		global $wpdb;
		$map  = IGNY8_Tables::map();
		$rows = $wpdb->get_results( "SELECT post_id, content_id, done_run_id FROM $map WHERE post_id IN ($within)", ARRAY_N ); // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared
		return array_column( $rows, null, 0 );
	}
}
