<?php
/**
 * Step 4.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * Finds or makes terms, or takes the fallback category where the site wants none made.
 */
class IGNY8_Terms {

	const PATIENCE_SECONDS = 30;

	const RELATIONS = array(
		'cluster' => IGNY8_Content_Types::CLUSTER,
		'sector'  => IGNY8_Content_Types::SECTOR,
	);

	/**
	 * Taxonomies by the kind that the app counts them as.
	 */
	const COUNTED = array(
		'categories' => array( 'category', 'product_cat' ),
		'tags'       => array( 'post_tag', 'product_tag' ),
		'sectors'    => array( IGNY8_Content_Types::SECTOR ),
		'clusters'   => array( IGNY8_Content_Types::CLUSTER ),
	);

	/**
	 * Run that makes them.
	 *
	 * @var string
	 */
	private $run_id;

	/**
	 * Per taxonomy: requested, created, existing, fallback and unresolved names, and assigned terms.
	 *
	 * @var array<string,array<string,array<mixed>>>
	 */
	public $report = array();

	/**
	 * Term ids to assign, by taxonomy.
	 *
	 * @var array<string,int[]>
	 */
	public $ids = array();

	/**
	 * Finds them.
	 *
	 * @var IGNY8_Term_Finder
	 */
	private $finder;

	/**
	 * Term ids by key of the payload's terms; null for those that are not there.
	 *
	 * @var array<string,int|null>
	 */
	private $resolved = array( '' => null );

	/**
	 * Whether missing terms are made.
	 *
	 * @var bool
	 */
	private $may_make;

	/**
	 * Ids of terms that were made, by taxonomy.
	 *
	 * @var array<string,int[]>
	 */
	private $created_ids = array();

	/**
	 * Starts with none.
	 *
	 * @param string $run_id Run.
	 */
	public function __construct( $run_id ) {
		$this->run_id   = $run_id;
		$this->may_make = (bool) IGNY8_Settings::get()['auto_create_terms'];
	}

	/**
	 * Finds or makes all terms and relations of a payload.
	 *
	 * @param IGNY8_Payload $payload Payload.
	 */
	public function resolve( $payload ) {
		$this->finder = new IGNY8_Term_Finder( $payload->terms );
		// WordPress would read the whole tree of categories again after each new one: once at the end is enough.
		$suspended = wp_suspend_cache_invalidation( true );
		try {
			foreach ( $payload->terms as $term ) {
				$this->resolve_term( $term );
			}
		} finally {
			wp_suspend_cache_invalidation( $suspended );
			foreach ( $this->created_ids as $taxonomy => $ids ) {
				clean_term_cache( $ids, $taxonomy );
			}
		}
		foreach ( self::RELATIONS as $name => $taxonomy ) {
			$this->ids[ $taxonomy ] = array();
			if ( null !== $payload->relations[ $name ] ) {
				$this->ids[ $taxonomy ][] = $this->resolve_relation( $payload->relations[ $name ], $taxonomy );
			}
		}
	}

	/**
	 * Assigns the terms to a post.
	 *
	 * Terms that an earlier publish assigned and this one does not name go; those added in WordPress stay.
	 *
	 * @param int                            $post_id Post.
	 * @param array<string,array<int,mixed>> $earlier Term ids of the earlier publish, by taxonomy.
	 * @param bool                           $is_new  Whether the post is new.
	 * @throws IGNY8_Exception When WordPress refuses.
	 */
	public function assign( $post_id, $earlier, $is_new ) {
		foreach ( array_unique( array_merge( array_keys( $this->ids ), array_keys( $earlier ) ) ) as $taxonomy ) {
			if ( ! taxonomy_exists( $taxonomy ) ) {
				continue;
			}
			$own_ids = isset( $this->ids[ $taxonomy ] ) ? $this->ids[ $taxonomy ] : array();
			$all_ids = $own_ids;
			if ( ! $is_new && ! in_array( $taxonomy, array( IGNY8_Content_Types::CLUSTER, IGNY8_Content_Types::SECTOR ), true ) ) {
				$current_ids = wp_get_object_terms( $post_id, $taxonomy, array( 'fields' => 'ids' ) );
				$dropped_ids = isset( $earlier[ $taxonomy ] ) ? $earlier[ $taxonomy ] : array();
				if ( 'category' === $taxonomy ) {
					$dropped_ids[] = (int) get_option( 'default_category' );
				}
				$all_ids = array_merge( array_diff( is_array( $current_ids ) ? $current_ids : array(), $dropped_ids ), $own_ids );
			}
			if ( array() === $all_ids && $is_new ) {
				continue;
			}
			if ( array() === $all_ids && 'category' === $taxonomy ) {
				$all_ids = array( (int) get_option( 'default_category' ) );
			}
			$result = wp_set_object_terms( $post_id, array_values( array_unique( $all_ids ) ), $taxonomy );
			if ( is_wp_error( $result ) ) {
				throw $this->failed( $taxonomy, $result->get_error_message() );
			}
		}
	}

	/**
	 * Terms that an earlier publish assigned.
	 *
	 * @param array<string,mixed>|null $result Its result.
	 * @return array<string,int[]> Ids by taxonomy.
	 */
	public static function assigned_by( $result ) {
		$earlier = array();
		foreach ( isset( $result['terms'] ) ? $result['terms'] : array() as $taxonomy => $part ) {
			$earlier[ $taxonomy ] = array_map( 'intval', array_column( $part['assigned'], 'term_id' ) );
		}
		return $earlier;
	}

	/**
	 * How many terms were made, and how many were there and assigned, as the app counts them.
	 *
	 * @return array{created:array<string,int>,updated:array<string,int>}
	 */
	public function counts() {
		$counts = array();
		foreach ( self::COUNTED as $kind => $taxonomies ) {
			$created_ids  = array();
			$assigned_ids = array();
			foreach ( $taxonomies as $taxonomy ) {
				$created_ids  = array_merge( $created_ids, isset( $this->created_ids[ $taxonomy ] ) ? $this->created_ids[ $taxonomy ] : array() );
				$assigned_ids = array_merge( $assigned_ids, isset( $this->ids[ $taxonomy ] ) ? $this->ids[ $taxonomy ] : array() );
			}
			$counts['created'][ $kind ] = count( $created_ids );
			$counts['updated'][ $kind ] = count( array_diff( $assigned_ids, $created_ids ) );
		}
		return $counts;
	}

	/**
	 * Whether no term has to be made for a payload.
	 *
	 * @param IGNY8_Payload $payload Payload.
	 * @return bool
	 */
	public static function all_exist( $payload ) {
		if ( array() !== $payload->terms && IGNY8_Settings::get()['auto_create_terms'] ) {
			$finder = new IGNY8_Term_Finder( $payload->terms );
			if ( array() !== $finder->missing( $payload->terms, true ) ) {
				return false;
			}
		}
		foreach ( self::RELATIONS as $name => $taxonomy ) {
			if ( null !== $payload->relations[ $name ] && 0 === self::find_relation( $payload->relations[ $name ]['id'], $taxonomy ) ) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Lets one publish at a time make terms: WordPress has no key that keeps two requests from making the same one.
	 *
	 * To be called before the transaction begins, which would not see what others commit meanwhile.
	 *
	 * @throws IGNY8_Exception When another publish takes too long.
	 */
	public static function lock() {
		global $wpdb;
		if ( '0' === $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, %d)', self::lock_name(), self::PATIENCE_SECONDS ) ) ) {
			throw new IGNY8_Exception( 'DATABASE_ERROR', __( 'Another publish is making terms and takes long.', 'igny8' ), 500, 'taxonomies', array(), true );
		}
		wp_cache_set( 'last_changed', microtime(), 'terms' );
	}

	/**
	 * Lets the next publish make terms.
	 */
	public static function unlock() {
		global $wpdb;
		$wpdb->query( $wpdb->prepare( 'DO RELEASE_LOCK(%s)', self::lock_name() ) );
	}

	/**
	 * Name of the lock: locks are shared by all databases of a server.
	 *
	 * @return string
	 */
	private static function lock_name() {
		return 'igny8:' . md5( DB_NAME . IGNY8_Tables::map() . ' terms' );
	}

	/**
	 * The term of a cluster or sector.
	 *
	 * @param string $id       Id in the app.
	 * @param string $taxonomy Taxonomy.
	 * @return int 0 when there is none.
	 */
	private static function find_relation( $id, $taxonomy ) {
		global $wpdb;
		return (int) $wpdb->get_var( $wpdb->prepare( "SELECT m.term_id FROM {$wpdb->termmeta} m JOIN {$wpdb->term_taxonomy} t ON t.term_id = m.term_id WHERE m.meta_key = '_igny8_external_id' AND m.meta_value = %s AND t.taxonomy = %s", $id, $taxonomy ) );
	}

	/**
	 * Finds or makes one term, or takes the fallback.
	 *
	 * @param array<string,mixed> $term Term of the payload.
	 * @throws IGNY8_Exception When it cannot be made.
	 */
	private function resolve_term( $term ) {
		$taxonomy = $term['taxonomy'];
		$name     = '' === $term['name'] ? $term['slug'] : $term['name'];
		$parent   = isset( $this->resolved[ $term['parent'] ] ) ? $this->resolved[ $term['parent'] ] : null;
		if ( ! isset( $this->report[ $taxonomy ] ) ) {
			$this->ids[ $taxonomy ]    = array();
			$this->report[ $taxonomy ] = array_fill_keys( array( 'requested', 'created', 'existing', 'fallback', 'unresolved', 'assigned' ), array() );
		}
		$term_id = $this->finder->find( $term, $parent );
		$outcome = 'existing';
		if ( 0 === $term_id && $this->may_make ) {
			list( $term_id, $is_new ) = $this->insert( $name, $taxonomy, IGNY8_Term_Finder::slug( $term['slug'] ), (int) $parent );
			$this->finder->add( get_term( $term_id, $taxonomy ) );
			$outcome = $is_new ? 'created' : 'existing';
		}
		$this->resolved += array( $term['key'] => 0 === $term_id ? null : $term_id );
		if ( $term['assign'] ) {
			$this->report( $term, $name, $term_id, $outcome );
		} elseif ( 'created' === $outcome ) {
			$this->report[ $taxonomy ]['created'][] = $name;
		}
	}

	/**
	 * Reports a term and notes what to assign.
	 *
	 * @param array<string,mixed> $term    Term of the payload.
	 * @param string              $name    Name.
	 * @param int                 $term_id Term; 0 when it is not there and may not be made.
	 * @param string              $became  One of existing and created, when it is there.
	 * @throws IGNY8_Exception When it is a category and there is no fallback.
	 */
	private function report( $term, $name, $term_id, $became ) {
		$taxonomy = $term['taxonomy'];
		$report   = &$this->report[ $taxonomy ];
		$extra    = array();
		if ( 0 === $term_id ) {
			$term_id = 'category' === $taxonomy ? IGNY8_Settings::fallback_category() : 0;
			$became  = 0 === $term_id ? 'unresolved' : 'fallback';
			$extra   = 0 === $term_id ? array() : array( 'fallback' => true );
			if ( 0 === $term_id && 'category' === $taxonomy ) {
				throw $this->failed( $name, __( 'it does not exist, and this site makes no terms and has no fallback category.', 'igny8' ) );
			}
		}
		$report['requested'][] = $name;
		$report[ $became ][]   = $name;
		if ( 0 === $term_id ) {
			return;
		}
		$slug                 = 'fallback' === $became ? (string) get_term_field( 'slug', $term_id, $taxonomy ) : $this->finder->slug_of( $term_id );
		$report['assigned'][] = array(
			'ref'     => $term['ref'],
			'term_id' => $term_id,
			'slug'    => $slug,
		) + $extra;
		if ( ! in_array( $term_id, $this->ids[ $taxonomy ], true ) ) {
			$this->ids[ $taxonomy ][] = $term_id;
		}
	}

	/**
	 * Finds the term of a cluster or sector by the app's id, or makes it; a new name in the app renames it.
	 *
	 * @param array<string,string> $relation Id and name.
	 * @param string               $taxonomy Taxonomy.
	 * @return int
	 * @throws IGNY8_Exception When it cannot be made.
	 */
	private function resolve_relation( $relation, $taxonomy ) {
		$name    = '' === trim( $relation['name'] ) ? $relation['id'] : $relation['name'];
		$term_id = self::find_relation( $relation['id'], $taxonomy );
		if ( 0 === $term_id ) {
			$slug            = sanitize_title( $name );
			list( $term_id ) = $this->insert( $name, $taxonomy, get_term_by( 'slug', $slug, $taxonomy ) ? $slug . '-' . sanitize_title( $relation['id'] ) : $slug );
			update_term_meta( $term_id, '_igny8_external_id', $relation['id'] );
		} elseif ( get_term_field( 'name', $term_id, $taxonomy, 'raw' ) !== IGNY8_Term_Finder::stored_name( $name, $taxonomy ) ) {
			$done = wp_update_term( $term_id, $taxonomy, array( 'name' => wp_slash( $name ) ) );
			if ( is_wp_error( $done ) ) {
				throw $this->failed( $name, $done->get_error_message() );
			}
		}
		return $term_id;
	}

	/**
	 * Makes a term.
	 *
	 * @param string $name     Name.
	 * @param string $taxonomy Taxonomy.
	 * @param string $slug     Slug, or empty.
	 * @param int    $above    Parent, or 0.
	 * @return array{0:int,1:bool} Id, and whether it was made.
	 * @throws IGNY8_Exception When it cannot be made.
	 */
	private function insert( $name, $taxonomy, $slug, $above = 0 ) {
		$parent   = is_taxonomy_hierarchical( $taxonomy ) ? $above : 0;
		$new_term = wp_insert_term( wp_slash( $name ), $taxonomy, compact( 'slug', 'parent' ) );
		if ( is_wp_error( $new_term ) ) {
			$existing_id = $new_term->get_error_data( 'term_exists' );
			if ( is_numeric( $existing_id ) ) {
				return array( (int) $existing_id, false );
			}
			throw $this->failed( $name, $new_term->get_error_message() );
		}
		// Tells a cleanup after a crash whose term this is.
		$this->created_ids[ $taxonomy ][] = (int) $new_term['term_id'];
		add_term_meta( $new_term['term_id'], '_igny8_run_id', $this->run_id );
		return array( (int) $new_term['term_id'], true );
	}

	/**
	 * The error of a term.
	 *
	 * @param string $name   Term or taxonomy.
	 * @param string $reason Reason.
	 * @return IGNY8_Exception
	 */
	private function failed( $name, $reason ) {
		/* translators: 1: term, 2: reason. */
		return new IGNY8_Exception( 'TERM_FAILED', sprintf( __( 'The term “%1$s” could not be made or assigned: %2$s', 'igny8' ), $name, $reason ), 500, 'taxonomies', array( 'term' => $name ) );
	}
}
