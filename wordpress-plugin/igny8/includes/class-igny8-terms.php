<?php
/**
 * Step 4.
 *
 * @package IGNY8
 */

/**
 * Finds or makes terms. Neither case, nor accents, nor a slug written another way makes a second one.
 */
class IGNY8_Terms {

	const PATIENCE_SECONDS = 30;

	const RELATIONS = array(
		'cluster' => IGNY8_Content_Types::CLUSTER,
		'sector'  => IGNY8_Content_Types::SECTOR,
	);

	/**
	 * Run that makes them.
	 *
	 * @var string
	 */
	private $run_id;

	/**
	 * Per taxonomy: requested, created, existing names and assigned terms.
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
	 * Terms that may be meant.
	 *
	 * @var array<int,object>
	 */
	private $candidates = array();

	/**
	 * Ids of terms that were made, by taxonomy.
	 *
	 * @var array<string,int[]>
	 */
	private $made = array();

	/**
	 * Starts with none.
	 *
	 * @param string $run_id Run.
	 */
	public function __construct( $run_id ) {
		$this->run_id = $run_id;
	}

	/**
	 * Finds or makes all terms and relations of a payload.
	 *
	 * @param IGNY8_Payload $payload Payload.
	 */
	public function resolve( $payload ) {
		$this->candidates = array() === $payload->terms ? array() : self::candidates( $payload->terms );
		// WordPress would read the whole tree of categories again after each new one: once at the end is enough.
		$suspended = wp_suspend_cache_invalidation( true );
		try {
			foreach ( $payload->terms as $term ) {
				$this->resolve_term( $term );
			}
		} finally {
			wp_suspend_cache_invalidation( $suspended );
			foreach ( $this->made as $taxonomy => $ids ) {
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
	 * @param int                            $post_id  Post.
	 * @param array<string,array<int,mixed>> $earlier  Term ids of the earlier publish, by taxonomy.
	 * @param bool                           $is_new   Whether the post is new.
	 * @throws IGNY8_Exception When WordPress refuses.
	 */
	public function assign( $post_id, $earlier, $is_new ) {
		foreach ( array_unique( array_merge( array_keys( $this->ids ), array_keys( $earlier ) ) ) as $taxonomy ) {
			if ( ! taxonomy_exists( $taxonomy ) ) {
				continue;
			}
			$ours = isset( $this->ids[ $taxonomy ] ) ? $this->ids[ $taxonomy ] : array();
			$all  = $ours;
			if ( ! $is_new && ! in_array( $taxonomy, array( IGNY8_Content_Types::CLUSTER, IGNY8_Content_Types::SECTOR ), true ) ) {
				$there   = wp_get_object_terms( $post_id, $taxonomy, array( 'fields' => 'ids' ) );
				$dropped = isset( $earlier[ $taxonomy ] ) ? $earlier[ $taxonomy ] : array();
				if ( 'category' === $taxonomy ) {
					$dropped[] = (int) get_option( 'default_category' );
				}
				$all = array_merge( array_diff( is_array( $there ) ? $there : array(), $dropped ), $ours );
			}
			if ( array() === $all && $is_new ) {
				continue;
			}
			if ( array() === $all && 'category' === $taxonomy ) {
				$all = array( (int) get_option( 'default_category' ) );
			}
			$done = wp_set_object_terms( $post_id, array_values( array_unique( $all ) ), $taxonomy );
			if ( is_wp_error( $done ) ) {
				throw $this->failed( $taxonomy, $done->get_error_message() );
			}
		}
	}

	/**
	 * Reads the terms that may be meant, all in one query.
	 *
	 * @param array<int,array<string,string>> $terms Terms of the payload.
	 * @return array<int,object> With term_id, name, slug, taxonomy.
	 */
	public static function candidates( $terms ) {
		global $wpdb;
		$values = array(
			'taxonomy' => array(),
			'slug'     => array( '' ),
			'name'     => array( '' ),
			'term_id'  => array( 0 ),
		);
		foreach ( $terms as $term ) {
			$values['taxonomy'][] = $term['taxonomy'];
			$values['slug'][]     = sanitize_title( $term['slug'] );
			$values['slug'][]     = sanitize_title( $term['name'] );
			$values['name'][]     = sanitize_term_field( 'name', $term['name'], 0, $term['taxonomy'], 'db' );
			$values['term_id'][]  = (int) $term['external_id'];
		}
		$lists = array();
		foreach ( $values as $column => $list ) {
			$list             = array_unique( $list );
			$lists[ $column ] = $wpdb->prepare( implode( ',', array_fill( 0, count( $list ), '%s' ) ), array_values( $list ) ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
		}
		// phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared -- the lists are.
		return $wpdb->get_results( "SELECT t.term_id, t.name, t.slug, x.taxonomy FROM {$wpdb->terms} t JOIN {$wpdb->term_taxonomy} x ON x.term_id = t.term_id WHERE x.taxonomy IN ({$lists['taxonomy']}) AND (t.slug IN ({$lists['slug']}) OR t.name IN ({$lists['name']}) OR t.term_id IN ({$lists['term_id']})) ORDER BY t.term_id" );
	}

	/**
	 * The term that is meant, if it is there: by its id, then by the slug, then by the name.
	 *
	 * @param array<string,string> $term       Term of the payload.
	 * @param array<int,object>    $candidates Terms that may be meant.
	 * @return int 0 when it is not.
	 */
	public static function find( $term, $candidates ) {
		$slug = sanitize_title( $term['slug'] );
		$name = self::plain( $term['name'] );
		$best = array();
		foreach ( $candidates as $candidate ) {
			if ( $candidate->taxonomy !== $term['taxonomy'] ) {
				continue;
			}
			if ( (string) $candidate->term_id === $term['external_id'] ) {
				return (int) $candidate->term_id;
			}
			if ( '' !== $slug && $candidate->slug === $slug ) {
				$best += array( 'slug' => (int) $candidate->term_id );
			} elseif ( '' !== $name && self::plain( $candidate->name ) === $name ) {
				$best += array( 'name' => (int) $candidate->term_id );
			}
		}
		return isset( $best['slug'] ) ? $best['slug'] : ( isset( $best['name'] ) ? $best['name'] : 0 );
	}

	/**
	 * A name without case, accents, and what is between words; but “C++” is not “C”.
	 *
	 * @param string $name Name.
	 * @return string
	 */
	private static function plain( $name ) {
		$text = remove_accents( html_entity_decode( wp_unslash( $name ), ENT_QUOTES, 'UTF-8' ) );
		$text = function_exists( 'mb_strtolower' ) ? mb_strtolower( $text, 'UTF-8' ) : strtolower( $text );
		return trim( (string) preg_replace( '/[\s_-]+/u', ' ', $text ) );
	}

	/**
	 * Whether no term has to be made for a payload.
	 *
	 * @param IGNY8_Payload $payload Payload.
	 * @return bool
	 */
	public static function all_there( $payload ) {
		$candidates = array() === $payload->terms ? array() : self::candidates( $payload->terms );
		foreach ( $payload->terms as $term ) {
			if ( 0 === self::find( $term, $candidates ) ) {
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
	 * Finds or makes one term.
	 *
	 * @param array<string,string> $term Term of the payload.
	 * @throws IGNY8_Exception When it cannot be made.
	 */
	private function resolve_term( $term ) {
		$taxonomy = $term['taxonomy'];
		$name     = '' === $term['name'] ? $term['slug'] : $term['name'];
		if ( ! isset( $this->report[ $taxonomy ] ) ) {
			$this->ids[ $taxonomy ]    = array();
			$this->report[ $taxonomy ] = array(
				'requested' => array(),
				'created'   => array(),
				'existing'  => array(),
				'assigned'  => array(),
			);
		}
		$report  = &$this->report[ $taxonomy ];
		$term_id = self::find( $term, $this->candidates );
		$made    = false;
		if ( 0 === $term_id ) {
			list( $term_id, $made ) = $this->insert( $name, $taxonomy, sanitize_title( $term['slug'] ) );
			$this->candidates[]     = (object) array(
				'term_id'  => $term_id,
				'name'     => $name,
				'slug'     => (string) get_term_field( 'slug', $term_id, $taxonomy ),
				'taxonomy' => $taxonomy,
			);
		}
		$report['requested'][]                    = $name;
		$report[ $made ? 'created' : 'existing' ][] = $name;
		$report['assigned'][]                     = array(
			'ref'     => $term['ref'],
			'term_id' => $term_id,
			'slug'    => $this->slug_of( $term_id ),
		);
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
		} elseif ( get_term_field( 'name', $term_id, $taxonomy, 'raw' ) !== sanitize_term_field( 'name', $name, $term_id, $taxonomy, 'db' ) ) {
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
	 * @return array{0:int,1:bool} Id, and whether it was made.
	 * @throws IGNY8_Exception When it cannot be made.
	 */
	private function insert( $name, $taxonomy, $slug ) {
		$made = wp_insert_term( wp_slash( $name ), $taxonomy, array( 'slug' => $slug ) );
		if ( is_wp_error( $made ) ) {
			$there = $made->get_error_data( 'term_exists' );
			if ( is_numeric( $there ) ) {
				return array( (int) $there, false );
			}
			throw $this->failed( $name, $made->get_error_message() );
		}
		// Tells a cleanup after a crash whose term this is.
		$this->made[ $taxonomy ][] = (int) $made['term_id'];
		add_term_meta( $made['term_id'], '_igny8_run_id', $this->run_id );
		return array( (int) $made['term_id'], true );
	}

	/**
	 * Slug of a term of this payload.
	 *
	 * @param int $term_id Term.
	 * @return string
	 */
	private function slug_of( $term_id ) {
		foreach ( $this->candidates as $candidate ) {
			if ( (int) $candidate->term_id === $term_id ) {
				return $candidate->slug;
			}
		}
		return '';
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
