<?php
/**
 * Noticing changes.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Listens to WordPress and notes in the outbox which posts and terms changed.
 *
 * An object is noted at the first hook of a request that tells of it, mostly before the change itself is stored, and
 * not again for some seconds: the row falls due later than that, and its state is read when it is sent. So a save costs
 * one statement for each object, and a process that dies after it loses nothing.
 */
class IGNY8_Watcher {

	/**
	 * Options that addresses are made of.
	 */
	const OPTIONS = array( 'permalink_structure', 'category_base', 'tag_base', 'woocommerce_permalinks', 'show_on_front', 'page_on_front' );

	/**
	 * Pages below a page that are told of when its address changes, at most.
	 */
	const PAGES_BELOW = 1000;

	/**
	 * Objects that a process remembers to have noted, at most.
	 */
	const REMEMBERED = 5000;

	/**
	 * When objects were noted, by site, kind, id and taxonomy, and "soon" where they were noted so.
	 *
	 * @var array<string,int>
	 */
	private static $recorded_at = array();

	/**
	 * How many parts of the plugin are at work on the site themselves.
	 *
	 * @var int
	 */
	private static $paused = 0;

	/**
	 * Posts that changed during the pause, by id.
	 *
	 * @var array<int,WP_Post>
	 */
	private static $held_posts = array();

	/**
	 * Posts that the plugin itself works on during the pause.
	 *
	 * @var array<int,bool>
	 */
	private static $own_posts = array();

	/**
	 * Starts listening.
	 */
	public static function listen() {
		$me = __CLASS__;
		add_action( 'pre_post_update', array( $me, 'post_will_change' ), 10, 2 );
		foreach ( array( 'save_post', 'wp_after_insert_post', 'aioseo_insert_post' ) as $action ) {
			add_action( $action, array( $me, 'post_changed' ), 10, 2 );
		}
		foreach ( array( 'trashed_post', 'untrashed_post', 'deleted_post' ) as $action ) {
			add_action( $action, array( $me, 'post_moved' ), 10, 2 );
		}
		add_action( 'post_updated', array( $me, 'address_changed' ), 10, 3 );
		add_action( 'before_delete_post', array( $me, 'post_will_go' ), 10, 2 );
		foreach ( array( 'added_post_meta', 'updated_post_meta', 'deleted_post_meta' ) as $action ) {
			add_action( $action, array( $me, 'meta_changed' ), 10, 3 );
		}
		add_action( 'delete_post_meta', array( $me, 'meta_will_go' ), 10, 3 );
		add_action( 'set_object_terms', array( $me, 'terms_set' ), 10, 6 );
		add_action( 'deleted_term_relationships', array( $me, 'terms_taken' ), 10, 3 );
		foreach ( array( 'created_term', 'edited_term', 'delete_term' ) as $action ) {
			add_action( $action, array( $me, 'term_changed' ), 10, 3 );
		}
		add_action( 'edit_terms', array( $me, 'term_will_change' ), 10, 2 );
		add_action( 'pre_delete_term', array( $me, 'term_will_go' ), 10, 2 );
		add_action( 'edited_term_taxonomies', array( $me, 'parents_changed' ) );
		foreach ( array( 'added_term_meta', 'updated_term_meta', 'deleted_term_meta' ) as $action ) {
			add_action( $action, array( $me, 'term_meta_changed' ), 10, 3 );
		}
		foreach ( self::OPTIONS as $option ) {
			add_action( 'update_option_' . $option, array( 'IGNY8_Nudge', 'schedule' ), 10, 0 );
		}
	}

	/**
	 * What changes from now on is the plugin's own doing: terms are forgotten, posts held until resume().
	 */
	public static function pause() {
		++self::$paused;
	}

	/**
	 * Ends the pause. What other plugins changed meanwhile in posts that are not ours is noted now.
	 */
	public static function resume() {
		--self::$paused;
		if ( self::$paused > 0 ) {
			return;
		}
		$held_posts       = array_diff_key( self::$held_posts, self::$own_posts );
		self::$held_posts = array();
		self::$own_posts  = array();
		foreach ( $held_posts as $post ) {
			self::note_post( $post );
		}
	}

	/**
	 * Names a post that the plugin itself works on.
	 *
	 * @param int $post_id Post.
	 */
	public static function mark_own( $post_id ) {
		self::$own_posts[ (int) $post_id ] = true;
	}

	/**
	 * Before a post is updated.
	 *
	 * @param int                 $post_id Post.
	 * @param array<string,mixed> $data    What it will be.
	 */
	public static function post_will_change( $post_id, $data = array() ) {
		$status = isset( $data['post_status'] ) ? $data['post_status'] : '';
		$post   = get_post( $post_id );
		if ( 'auto-draft' !== $status && $post instanceof WP_Post ) {
			$is_moved = '' !== $status && $status !== $post->post_status
				&& ( 'trash' === $status || in_array( $post->post_status, array( 'publish', 'trash' ), true ) );
			self::note_post( $post, true, null, $is_moved );
		}
	}

	/**
	 * After a post was put in the trash, taken out of it, or deleted.
	 *
	 * @param int   $post_id Post.
	 * @param mixed $post    The post, where the hook tells it.
	 */
	public static function post_moved( $post_id, $post = null ) {
		self::note_post( $post instanceof WP_Post ? $post : get_post( $post_id ), false, null, true );
	}

	/**
	 * After a post changed.
	 *
	 * @param int   $post_id Post.
	 * @param mixed $post    The post, where the hook tells it.
	 */
	public static function post_changed( $post_id, $post = null ) {
		self::note_post( $post instanceof WP_Post ? $post : get_post( $post_id ) );
	}

	/**
	 * Before a post is deleted: what it remembers of the app goes with it.
	 *
	 * @param int          $post_id Post.
	 * @param WP_Post|null $post    Post.
	 */
	public static function post_will_go( $post_id, $post = null ) {
		$post = $post instanceof WP_Post ? $post : get_post( $post_id );
		if ( $post instanceof WP_Post ) {
			$note = array(
				'content_id' => self::meta_or_null( IGNY8_Own_Meta::content_id( 'post', $post->ID ) ),
				'task_id'    => self::meta_or_null( IGNY8_Own_Meta::task_id( $post->ID ) ),
			);
			self::note_post( $post, false, $note, true );
		}
	}

	/**
	 * After a post was updated: with the address of a page change those of the pages below it.
	 *
	 * @param int     $post_id Post.
	 * @param WP_Post $after   As it is.
	 * @param WP_Post $before  As it was.
	 */
	public static function address_changed( $post_id, $after, $before ) {
		$same = $after->post_name === $before->post_name && $after->post_parent === $before->post_parent;
		if ( $same || ! is_post_type_hierarchical( $after->post_type ) || ! self::is_watched( $after ) ) {
			return;
		}
		$level = array( (int) $post_id );
		$pages = array();
		$count = 0;
		while ( array() !== $level && $count < self::PAGES_BELOW ) {
			$level = array_diff( self::pages_below( $level, $after->post_type ), $pages );
			$pages = array_merge( $pages, $level );
			$count = count( $pages );
		}
		array_map( array( __CLASS__, 'post_changed' ), array_slice( $pages, 0, self::PAGES_BELOW ) );
	}

	/**
	 * After a meta value of a post changed.
	 *
	 * @param int|int[] $meta_ids Rows.
	 * @param int       $post_id  Post.
	 * @param string    $key      Key.
	 */
	public static function meta_changed( $meta_ids, $post_id, $key ) {
		if ( (int) $post_id > 0 && IGNY8_Watched_Meta::has( $key ) ) {
			self::post_changed( (int) $post_id );
		}
	}

	/**
	 * Before meta values are deleted of many posts at once, as when a featured image is deleted: nothing names them later.
	 *
	 * @param int[]  $meta_ids Rows.
	 * @param int    $post_id  Post, or 0 for many.
	 * @param string $key      Key.
	 */
	public static function meta_will_go( $meta_ids, $post_id, $key ) {
		global $wpdb;
		$list = implode( ',', array_filter( array_map( 'intval', (array) $meta_ids ) ) );
		if ( (int) $post_id > 0 || '' === $list || ! IGNY8_Watched_Meta::has( $key ) || null === IGNY8_Connection::get() ) {
			return;
		}
		foreach ( $wpdb->get_col( "SELECT DISTINCT post_id FROM {$wpdb->postmeta} WHERE meta_id IN ($list)" ) as $id ) { // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared
			self::post_changed( (int) $id );
		}
	}

	/**
	 * After the terms of a post were set.
	 *
	 * @param int    $object_id Post, or whatever the taxonomy is of.
	 * @param mixed  $terms     Terms as they were given.
	 * @param int[]  $tt_ids    Rows of the terms.
	 * @param string $taxonomy  Taxonomy.
	 * @param bool   $append    Whether the old ones stay.
	 * @param int[]  $old       Rows of the old ones.
	 */
	public static function terms_set( $object_id, $terms, $tt_ids, $taxonomy, $append, $old ) {
		$tt_ids = array_map( 'intval', (array) $tt_ids );
		$old    = array_map( 'intval', (array) $old );
		if ( array() !== array_diff( $tt_ids, $old ) || ( ! $append && array() !== array_diff( $old, $tt_ids ) ) ) {
			self::terms_taken( $object_id, $tt_ids, $taxonomy );
		}
	}

	/**
	 * After terms were taken from a post.
	 *
	 * @param int    $object_id Post, or whatever the taxonomy is of.
	 * @param int[]  $tt_ids    Rows of the terms.
	 * @param string $taxonomy  Taxonomy.
	 */
	public static function terms_taken( $object_id, $tt_ids, $taxonomy ) {
		$post = get_post( $object_id );
		// The id may be that of a user or a link, and the same as a post's.
		if ( $post instanceof WP_Post && in_array( $taxonomy, IGNY8_Post_Rows::taxonomies_of( $post->post_type ), true ) ) {
			self::note_post( $post );
		}
	}

	/**
	 * After a term was made, changed or deleted.
	 *
	 * @param int    $term_id  Term.
	 * @param int    $tt_id    Its row.
	 * @param string $taxonomy Taxonomy.
	 */
	public static function term_changed( $term_id, $tt_id, $taxonomy ) {
		self::note_term( (int) $term_id, $taxonomy );
	}

	/**
	 * Before a term is changed.
	 *
	 * @param int    $term_id  Term.
	 * @param string $taxonomy Taxonomy.
	 */
	public static function term_will_change( $term_id, $taxonomy ) {
		self::note_term( (int) $term_id, $taxonomy );
	}

	/**
	 * Before a term is deleted.
	 *
	 * @param int    $term_id  Term.
	 * @param string $taxonomy Taxonomy.
	 */
	public static function term_will_go( $term_id, $taxonomy ) {
		$content_id = self::meta_or_null( get_term_meta( $term_id, IGNY8_Term_Item::CONTENT_ID, true ) );
		self::note_term( (int) $term_id, $taxonomy, compact( 'content_id' ) );
	}

	/**
	 * After the terms below a deleted one got another parent.
	 *
	 * @param int[] $tt_ids Their rows.
	 */
	public static function parents_changed( $tt_ids ) {
		foreach ( array_map( 'intval', (array) $tt_ids ) as $tt_id ) {
			$term = get_term_by( 'term_taxonomy_id', $tt_id );
			if ( $term instanceof WP_Term ) {
				self::note_term( $term->term_id, $term->taxonomy );
			}
		}
	}

	/**
	 * After a meta value of a term changed.
	 *
	 * @param int|int[] $meta_ids Rows.
	 * @param int       $term_id  Term.
	 * @param string    $key      Key.
	 */
	public static function term_meta_changed( $meta_ids, $term_id, $key ) {
		$term = IGNY8_Watched_Meta::has( $key ) ? get_term( (int) $term_id ) : null;
		if ( $term instanceof WP_Term ) {
			self::note_term( $term->term_id, $term->taxonomy );
		}
	}

	/**
	 * Notes a post, if the app is told of its kind.
	 *
	 * @param WP_Post|null             $post Post.
	 * @param bool                     $will Whether it is about to change: an auto-draft becomes a draft.
	 * @param array<string,mixed>|null $note What to keep of it.
	 * @param bool                     $soon Whether it goes or comes back: people who work on it in the app wait for that.
	 */
	private static function note_post( $post, $will = false, $note = null, $soon = false ) {
		if ( ! $post instanceof WP_Post || ! self::is_watched( $post ) || ( 'auto-draft' === $post->post_status && ! $will ) ) {
			return;
		}
		if ( self::$paused > 0 ) {
			self::$held_posts[ $post->ID ] = $post;
			return;
		}
		self::record_change( IGNY8_Outbox::POST, $post->ID, '', $note, $soon );
	}

	/**
	 * Notes a term, if people see its taxonomy.
	 *
	 * @param int                      $term_id  Term.
	 * @param string                   $taxonomy Taxonomy.
	 * @param array<string,mixed>|null $note     What to keep of it.
	 */
	private static function note_term( $term_id, $taxonomy, $note = null ) {
		if ( 0 === self::$paused && in_array( $taxonomy, IGNY8_Term_Item::public_taxonomies(), true ) ) {
			self::record_change( IGNY8_Outbox::TERM, $term_id, $taxonomy, $note );
		}
	}

	/**
	 * Notes an object, unless that was done a moment ago.
	 *
	 * @param string                   $kind One of the outbox's constants.
	 * @param int                      $id   Object.
	 * @param string                   $part Taxonomy of a term.
	 * @param array<string,mixed>|null $note What to keep of it.
	 * @param bool                     $soon Whether it is due as soon as it is settled, whatever follows.
	 */
	private static function record_change( $kind, $id, $part, $note, $soon = false ) {
		$key            = get_current_blog_id() . " $kind $id $part";
		$note           = null === $note || array() === array_filter( $note ) ? '' : (string) wp_json_encode( $note );
		$settle_seconds = IGNY8_Outbox::times()['settle'];
		$recent         = self::is_noted( "$key soon", $settle_seconds ) || ( ! $soon && self::is_noted( $key, $settle_seconds ) );
		if ( null === IGNY8_Connection::get() || ( '' === $note && $recent ) ) {
			return;
		}
		if ( count( self::$recorded_at ) > self::REMEMBERED ) {
			self::$recorded_at = array();
		}
		// Remembered although it failed: a table that is missing is not asked for again and again.
		self::$recorded_at[ $soon ? "$key soon" : $key ] = IGNY8_Outbox::now();
		IGNY8_Outbox::touch( $kind, $id, $part, $note, $soon ? min( $settle_seconds, IGNY8_Outbox::times()['delay'] ) : null );
		IGNY8_Nudge::schedule( $soon );
	}

	/**
	 * Whether this process noted an object a moment ago.
	 *
	 * @param string $key     Key of `$recorded_at`.
	 * @param float  $seconds Seconds that a moment has.
	 * @return bool
	 */
	private static function is_noted( $key, $seconds ) {
		return isset( self::$recorded_at[ $key ] ) && IGNY8_Outbox::now() - self::$recorded_at[ $key ] < IGNY8_Outbox::microseconds( $seconds );
	}

	/**
	 * Whether the app is told of posts of this kind.
	 *
	 * @param WP_Post $post Post.
	 * @return bool
	 */
	private static function is_watched( $post ) {
		return 'attachment' !== $post->post_type && in_array( $post->post_type, IGNY8_Content_Types::enabled(), true );
	}

	/**
	 * Pages whose parent is one of these.
	 *
	 * @param int[]  $ids  Pages.
	 * @param string $type Post type.
	 * @return int[]
	 */
	private static function pages_below( $ids, $type ) {
		global $wpdb;
		$list = implode( ',', array_map( 'intval', $ids ) );
		return array_map( 'intval', $wpdb->get_col( $wpdb->prepare( "SELECT ID FROM {$wpdb->posts} WHERE post_parent IN ($list) AND post_type = %s", $type ) ) ); // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared
	}

	/**
	 * A meta value that may not be there.
	 *
	 * @param mixed $value Value.
	 * @return string|null
	 */
	private static function meta_or_null( $value ) {
		return is_string( $value ) && '' !== $value ? $value : null;
	}
}
