<?php
/**
 * The page of a term.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * Steps 4 to 6 for a content whose post type is `term`: the description and the SEO fields of a category, a tag or a
 * term of another taxonomy. One transaction, which is rolled back and checked like that of a post.
 */
class IGNY8_Term_Page {

	const TYPE = 'term';

	/**
	 * The publish that is going on, for when a hook ends PHP.
	 *
	 * @var IGNY8_Term_Page|null
	 */
	private static $unfinished;

	/**
	 * Payload.
	 *
	 * @var IGNY8_Payload
	 */
	private $payload;

	/**
	 * Claim as it was before.
	 *
	 * @var array<string,mixed>
	 */
	private $row;

	/**
	 * Term, or 0 while it is still to be made.
	 *
	 * @var int
	 */
	private $term_id;

	/**
	 * Whether it was made.
	 *
	 * @var bool
	 */
	private $created = false;

	/**
	 * Old version of the term, or null.
	 *
	 * @var array<string,mixed>|null
	 */
	private $before;

	/**
	 * Transaction.
	 *
	 * @var IGNY8_Transaction
	 */
	private $transaction;

	/**
	 * Attachment id and URL by hash.
	 *
	 * @var array<string,array<string,mixed>>
	 */
	private $images = array();

	/**
	 * Takes what it works with.
	 *
	 * @param IGNY8_Payload       $payload Payload.
	 * @param array<string,mixed> $row     Claim.
	 * @param int                 $term_id Term, or 0 to make it.
	 */
	public function __construct( $payload, $row, $term_id ) {
		$this->payload = $payload;
		$this->row     = $row;
		$this->term_id = $term_id;
	}

	/**
	 * The term that a content means: the one it was published to, or by id, slug or name.
	 *
	 * @param IGNY8_Payload            $payload Payload.
	 * @param array<string,mixed>|null $row     Claim row.
	 * @return int 0 when it is not there.
	 */
	public static function find( $payload, $row ) {
		$taxonomy = $payload->post['taxonomy'];
		$earlier  = isset( $row['result']['term_id'] ) ? (int) $row['result']['term_id'] : 0;
		if ( $earlier > 0 && get_term( $earlier, $taxonomy ) instanceof WP_Term ) {
			return $earlier;
		}
		$term = array(
			'taxonomy'    => $taxonomy,
			'name'        => $payload->post['title'],
			'slug'        => $payload->post['slug'],
			'external_id' => $payload->post['external_id'],
		);
		return ( new IGNY8_Term_Finder( array( $term ) ) )->find( $term, null );
	}

	/**
	 * Publishes.
	 *
	 * @return array<string,mixed> The contract's result.
	 * @throws IGNY8_Exception When it fails; then the term is as it was.
	 */
	public function run() {
		self::$unfinished = $this;
		$guard            = new IGNY8_Die_Guard();
		IGNY8_Terms::lock();
		try {
			$this->images      = IGNY8_Media::need( $this->payload->hashes() );
			$this->before      = 0 === $this->term_id ? null : IGNY8_Term_Snapshot::take( $this->term_id );
			$this->transaction = new IGNY8_Transaction( 'content' );
			$this->transaction->begin();
			IGNY8_Claims::lock_row( $this->payload->content_id, $this->payload->run_id );
			$this->refuse_edited();
			$this->write();
			$this->transaction->at( 'commit' );
			$result = $this->read_back();
			$this->transaction->check();
			IGNY8_Claims::finish( $this->payload->content_id, $this->payload->run_id, $result, $this->attachments() );
			$this->transaction->commit();
		} catch ( Throwable $thrown ) {
			$guard->release();
			$problem = IGNY8_Exception::from_hook( $thrown, 'content' );
			$this->undo();
			throw $problem;
		} finally {
			$guard->release();
			self::$unfinished = null;
			IGNY8_Terms::unlock();
		}
		clean_term_cache( $this->term_id, $this->payload->post['taxonomy'] );
		IGNY8_Replaced_Images::after_publish( $this->payload->content_id );
		$this->settle_later();
		return $result;
	}

	/**
	 * The last look, with the term locked.
	 *
	 * @throws IGNY8_Exception When somebody changed it since the app last heard of it.
	 */
	private function refuse_edited() {
		try {
			( new IGNY8_Base( $this->payload, $this->row ) )->refuse_edited_term( $this->term_id, true );
		} catch ( IGNY8_Exception $conflict ) {
			$this->before = null; // Nothing was written, and what was kept aside is older than the edit.
			throw $conflict;
		}
	}

	/**
	 * Has the state noted when all hooks of this request are through.
	 */
	private function settle_later() {
		$payload = $this->payload;
		$term_id = $this->term_id;
		add_action(
			'shutdown',
			static function () use ( $payload, $term_id ) {
				IGNY8_Base::settle( $payload->content_id, $payload->run_id, IGNY8_Term_Item::marks( $term_id, $payload->post['taxonomy'] ) );
			},
			PHP_INT_MAX - 1
		);
	}

	/**
	 * Undoes a publish that a hook ended with exit().
	 *
	 * @return bool Whether there was one.
	 */
	public static function undo_unfinished() {
		if ( null === self::$unfinished ) {
			return false;
		}
		self::$unfinished->undo();
		return true;
	}

	/**
	 * Writes the term and its SEO fields. These come first: an SEO plugin reads them when the term is saved.
	 *
	 * @throws IGNY8_Exception When WordPress refuses.
	 */
	private function write() {
		$post     = $this->payload->post;
		$taxonomy = $post['taxonomy'];
		if ( 0 === $this->term_id ) {
			$made = wp_insert_term( wp_slash( $post['title'] ), $taxonomy, array( 'slug' => IGNY8_Term_Finder::slug( $post['slug'] ) ) );
			if ( is_wp_error( $made ) ) {
				throw $this->failed( $made->get_error_message() );
			}
			$this->term_id = (int) $made['term_id'];
			$this->created = true;
			add_term_meta( $this->term_id, '_igny8_run_id', $this->payload->run_id );
		}
		update_term_meta( $this->term_id, '_igny8_content_id', $this->payload->content_id );
		update_term_meta( $this->term_id, IGNY8_Head::VERSION, IGNY8_Head::version( $this->payload ) );
		IGNY8_Term_Seo::write( $this->term_id, $taxonomy, $this->payload->seo );
		// WordPress lets a description have what a comment may have; here it may have what a post may have.
		$strict = remove_filter( 'pre_term_description', 'wp_filter_kses' );
		add_filter( 'pre_term_description', 'wp_filter_post_kses' );
		try {
			$values = array(
				'name'        => wp_slash( $post['title'] ),
				'description' => wp_slash( $this->description() ),
			);
			$done   = wp_update_term( $this->term_id, $taxonomy, $values + $this->new_slug() );
		} finally {
			remove_filter( 'pre_term_description', 'wp_filter_post_kses' );
			if ( $strict ) {
				add_filter( 'pre_term_description', 'wp_filter_kses' );
			}
		}
		if ( is_wp_error( $done ) ) {
			throw $this->failed( $done->get_error_message() );
		}
	}

	/**
	 * The slug that a term is to get.
	 *
	 * @param IGNY8_Payload $payload Payload.
	 * @param int           $term_id Term; 0 for one that is to be made.
	 * @return string Empty when it keeps the one that it has: an address moves only when the app knew the term and a
	 *                person changed the slug there.
	 */
	public static function wanted_slug( $payload, $term_id ) {
		$slug = 0 === $term_id ? IGNY8_Term_Finder::slug( $payload->post['slug'] ) : sanitize_title( $payload->post['slug'] );
		if ( 0 === $term_id ) {
			$slug = '' === $slug ? sanitize_title( $payload->post['title'] ) : $slug;
			$term = (object) array(
				'taxonomy' => $payload->post['taxonomy'],
				'parent'   => 0,
			);
			return '' === $slug ? '' : wp_unique_term_slug( $slug, $term );
		}
		$is_known = null !== $payload->base && '' !== $payload->base['external_id'];
		return $is_known && '' !== $slug ? wp_unique_term_slug( $slug, get_term( $term_id, $payload->post['taxonomy'] ) ) : '';
	}

	/**
	 * The slug to write over the one that a term has.
	 *
	 * @return array<string,string>
	 */
	private function new_slug() {
		$slug = $this->created ? '' : self::wanted_slug( $this->payload, $this->term_id );
		return '' === $slug ? array() : compact( 'slug' );
	}

	/**
	 * The description, with addresses in the place of images' hashes.
	 *
	 * @return string
	 */
	private function description() {
		return IGNY8_Body::with_addresses( $this->payload->post['content'], $this->images );
	}

	/**
	 * Reads back from the database.
	 *
	 * @return array<string,mixed> The contract's result.
	 * @throws IGNY8_Exception When something is missing.
	 */
	private function read_back() {
		global $wpdb;
		$taxonomy = $this->payload->post['taxonomy'];
		clean_term_cache( $this->term_id, $taxonomy );
		$row = $wpdb->get_row( $wpdb->prepare( "SELECT t.name, t.slug, x.description, x.count FROM {$wpdb->terms} t JOIN {$wpdb->term_taxonomy} x ON x.term_id = t.term_id WHERE t.term_id = %d AND x.taxonomy = %s", $this->term_id, $taxonomy ) );
		$seo = IGNY8_Term_Seo::holds( $this->term_id, $taxonomy, $this->payload->seo );
		if ( null === $row || ( '' === $row->description && '' !== $this->description() ) || ! $seo ) {
			throw new IGNY8_Exception( 'READBACK_FAILED', __( 'WordPress did not store everything: another plugin may have changed it while saving.', 'igny8' ), 500, 'commit', array( 'missing' => array( $seo ? 'term' : 'seo' ) ), true );
		}
		$name = wp_specialchars_decode( $row->name, ENT_QUOTES );
		return IGNY8_Term_Item::marks( $this->term_id, $taxonomy ) + array(
			'slug'         => $row->slug,
			'post_id'      => 0,
			'term_id'      => $this->term_id,
			'taxonomy'     => $taxonomy,
			'post_type'    => self::TYPE,
			'permalink'    => (string) get_term_link( $this->term_id, $taxonomy ),
			'edit_url'     => admin_url( 'term.php?taxonomy=' . $taxonomy . '&tag_ID=' . $this->term_id ),
			'post_status'  => 'publish',
			'created'      => $this->created,
			'payload_hash' => $this->payload->payload_hash,
			'marker'       => IGNY8_Head::version( $this->payload ),
			'posts'        => (int) $row->count,
			'terms'        => (object) array(),
			'images'       => (object) $this->images,
			'seo_plugin'   => array_intersect_key( IGNY8_Seo::plugin(), array_flip( array( 'active', 'version' ) ) ),
			'seo_served'   => ( new IGNY8_Seo_Outcome( $this->payload->seo, 'term' ) )->served( $this->term_id ),
			'stored'       => array( 'seo' => IGNY8_Term_Item::seo( $this->term_id, $taxonomy ) ) + array_diff_assoc(
				array(
					'title'   => $name,
					'content' => $row->description,
				),
				array(
					'title'   => $this->payload->post['title'],
					'content' => $this->description(),
				)
			),
			'readback'     => array(
				'title'   => $name === $this->payload->post['title'],
				'content' => $row->description === $this->description(),
				'seo'     => $seo,
			),
		);
	}

	/**
	 * Attachments as the claim keeps them from now on.
	 *
	 * @return array<int,array<string,int>>
	 */
	private function attachments() {
		$kept = array();
		foreach ( $this->images as $image ) {
			$kept[] = array(
				'id'  => $image['attachment_id'],
				'new' => 0,
			);
		}
		return array_merge( $kept, IGNY8_Replaced_Images::marked( $this->row['attachments'], array_column( $kept, 'id' ) ) );
	}

	/**
	 * Takes everything back and frees the claim.
	 */
	private function undo() {
		self::$unfinished = null;
		try {
			$made = array();
			if ( null !== $this->transaction ) {
				$this->transaction->rollback();
				$made = $this->transaction->terms();
			}
			foreach ( $made as $term_id ) {
				IGNY8_Cleanup::remove_term( $term_id );
			}
			if ( null !== $this->before ) {
				IGNY8_Term_Snapshot::restore( $this->before );
			}
			if ( IGNY8_Cleanup::clean( $this->payload->content_id, $this->payload->run_id ) ) {
				IGNY8_Claims::free( $this->payload->content_id, $this->payload->run_id );
			}
		} catch ( Throwable $thrown ) {
			do_action( 'igny8_undo_failed', $thrown );
		}
	}

	/**
	 * The error of a term.
	 *
	 * @param string $reason Reason.
	 * @return IGNY8_Exception
	 */
	private function failed( $reason ) {
		/* translators: 1: term, 2: reason. */
		return new IGNY8_Exception( 'TERM_FAILED', sprintf( __( 'The term “%1$s” could not be made or changed: %2$s', 'igny8' ), $this->payload->post['title'], $reason ), 500, 'content' );
	}
}
