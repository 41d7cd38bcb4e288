<?php
/**
 * Steps 4 to 6.
 *
 * @package IGNY8
 */

/**
 * Writes one content, whole or not at all.
 *
 * A new post is a draft in one transaction, read back before COMMIT, and goes live in a second one that also ends
 * the claim. An update is one transaction. On failure everything that was made is taken back.
 */
class IGNY8_Publisher {

	/**
	 * The publish that is going on, for when a hook ends PHP.
	 *
	 * @var IGNY8_Publisher|null
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
	 * Post to update, or null.
	 *
	 * @var WP_Post|null
	 */
	private $existing;

	/**
	 * Old version of all that is there and will be written to, or null.
	 *
	 * @var string|null
	 */
	private $snapshot;

	/**
	 * Transactions, in order.
	 *
	 * @var IGNY8_Transaction[]
	 */
	private $transactions = array();

	/**
	 * Terms.
	 *
	 * @var IGNY8_Terms
	 */
	private $terms;

	/**
	 * Post and meta.
	 *
	 * @var IGNY8_Post_Writer
	 */
	private $writer;

	/**
	 * Gallery post.
	 *
	 * @var IGNY8_Gallery_Post
	 */
	private $gallery;

	/**
	 * Texts of images.
	 *
	 * @var IGNY8_Image_Texts
	 */
	private $texts;

	/**
	 * Address that the gallery post is to have, or empty.
	 *
	 * @var string
	 */
	private $link = '';

	/**
	 * Attachment id and URL by hash.
	 *
	 * @var array<string,array<string,mixed>>
	 */
	private $images = array();

	/**
	 * Step.
	 *
	 * @var string
	 */
	private $step = 'media';

	/**
	 * When the step began.
	 *
	 * @var float
	 */
	private $since;

	/**
	 * Times.
	 *
	 * @var array<int,array<string,mixed>>
	 */
	private $steps = array();

	/**
	 * Takes what it works with.
	 *
	 * @param IGNY8_Payload       $payload  Payload.
	 * @param array<string,mixed> $row      Claim.
	 * @param WP_Post|null        $existing Post to update.
	 */
	public function __construct( $payload, $row, $existing ) {
		$this->payload  = $payload;
		$this->row      = $row;
		$this->existing = $existing;
		$this->terms    = new IGNY8_Terms( $payload->run_id );
		$this->since    = microtime( true );
	}

	/**
	 * Publishes.
	 *
	 * @return array<string,mixed> The contract's result.
	 * @throws IGNY8_Exception When it fails; then nothing of it is left.
	 */
	public function run() {
		self::$unfinished = $this;
		$guard            = new IGNY8_Die_Guard();
		$making_terms     = false;
		IGNY8_Progress::of( $this->payload->run_id, $this->payload->content_id, '' === $this->payload->task_id ? null : $this->payload->task_id );
		wp_defer_term_counting( true );
		try {
			$this->images = IGNY8_Media::need( $this->payload->hashes() );
			$this->take_snapshot();
			$making_terms = ! IGNY8_Terms::all_there( $this->payload );
			if ( $making_terms ) {
				IGNY8_Terms::lock();
			}
			$result = null === $this->existing ? $this->create() : $this->update();
		} catch ( Throwable $thrown ) {
			$guard->release();
			$problem = IGNY8_Exception::from_hook( $thrown, $this->step );
			$this->undo();
			throw $problem;
		} finally {
			$guard->release();
			self::$unfinished = null;
			if ( $making_terms ) {
				IGNY8_Terms::unlock();
			}
		}
		$this->clean_caches( $result['post_id'] );
		IGNY8_Replaced_Images::after_publish( $this->payload->content_id );
		$this->settle_later( $result['post_id'] );
		return $result;
	}

	/**
	 * Has the state noted when all hooks of this request are through.
	 *
	 * @param int $post_id Post.
	 */
	private function settle_later( $post_id ) {
		$payload = $this->payload;
		// Before the outbox is sent, which may take long: what a person changes meanwhile is an edit.
		add_action(
			'shutdown',
			static function () use ( $payload, $post_id ) {
				$rows = IGNY8_Post_Rows::read( array( $post_id ) );
				IGNY8_Base::settle( $payload->content_id, $payload->run_id, isset( $rows[ $post_id ] ) ? IGNY8_Post_Item::marks( $rows[ $post_id ] ) : null );
			},
			PHP_INT_MAX - 1
		);
	}

	/**
	 * Undoes a publish or an upload that a hook ended with exit().
	 *
	 * @return string|null Step it was in.
	 */
	public static function undo_unfinished() {
		if ( null === self::$unfinished ) {
			return IGNY8_Term_Page::undo_unfinished() ? 'content' : ( IGNY8_Upload::undo_unfinished() ? 'media' : null );
		}
		$step = self::$unfinished->step;
		self::$unfinished->undo();
		return $step;
	}

	/**
	 * A new post.
	 *
	 * @return array<string,mixed>
	 */
	private function create() {
		$transaction = $this->begin();
		$post_id     = $this->write( $transaction );
		$this->writer->read_back( $this->terms->ids );
		IGNY8_Claims::note_draft( $this->payload->content_id, $post_id );
		$transaction->commit();
		$this->clean_caches( $post_id );

		$transaction = $this->begin();
		$this->to_step( 'commit', $transaction );
		IGNY8_Claims::lock_row( $this->payload->content_id, $this->payload->run_id );
		$this->writer->flip( $this->link, $this->gallery->flip() );
		return $this->finish( $transaction );
	}

	/**
	 * A post that is there.
	 *
	 * @return array<string,mixed>
	 */
	private function update() {
		$transaction = $this->begin();
		$this->write( $transaction );
		$this->to_step( 'commit', $transaction );
		$this->gallery->flip();
		return $this->finish( $transaction );
	}

	/**
	 * Writes terms, post and meta.
	 *
	 * @param IGNY8_Transaction $transaction Transaction.
	 * @return int Post.
	 */
	private function write( $transaction ) {
		IGNY8_Claims::lock_row( $this->payload->content_id, $this->payload->run_id );
		$this->refuse_edited();
		$this->to_step( 'taxonomies', $transaction );
		$this->terms->resolve( $this->payload );
		$this->to_step( 'content', $transaction );
		$this->link   = $this->gallery->save();
		$this->writer = new IGNY8_Post_Writer( $this->payload, $this->existing, $this->images, $this->link );
		$post_id      = $this->writer->save();
		IGNY8_Watcher::own( $post_id );
		IGNY8_Progress::tell( 'content', 75, __( 'Assigning terms', 'igny8' ) );
		$this->terms->assign( $post_id, IGNY8_Terms::assigned_by( $this->row['result'] ), null === $this->existing );
		IGNY8_Progress::tell( 'content', 80, __( 'Writing SEO fields', 'igny8' ) );
		$this->writer->write_meta( array_column( $this->row['attachments'], 'id' ) );
		$this->texts->write();
		$transaction->check();
		return $post_id;
	}

	/**
	 * The last look, with the post locked: an edit that comes later waits, and finds what this publish wrote.
	 *
	 * @throws IGNY8_Exception When somebody changed it since the app last heard of it.
	 */
	private function refuse_edited() {
		try {
			$base = new IGNY8_Base( $this->payload, $this->row );
			$base->refuse_edited_post( $this->existing, true );
			$base->refuse_edited_beside( $this->texts->are_edited(), $this->gallery->is_edited() );
		} catch ( IGNY8_Exception $conflict ) {
			// Nothing was written: the old version that was kept aside is older than the edit.
			$this->snapshot = null;
			IGNY8_Claims::note_snapshot( $this->payload->content_id, '' );
			throw $conflict;
		}
		if ( null !== $this->existing ) {
			// WordPress writes all columns of a post: those that are not ours as they are now.
			IGNY8_Cleanup::forget_post( $this->existing->ID );
			$this->existing = get_post( $this->existing->ID );
		}
	}

	/**
	 * Reads back, stores the result on the claim and commits.
	 *
	 * @param IGNY8_Transaction $transaction Transaction.
	 * @return array<string,mixed>
	 */
	private function finish( $transaction ) {
		wp_defer_term_counting( false );
		$readback = $this->writer->read_back( $this->terms->ids );
		$this->gallery->read_back();
		$this->to_step( 'commit', $transaction );
		$result = array_merge(
			$this->writer->describe(),
			$this->gallery->describe(),
			array(
				'created'      => null === $this->existing,
				'payload_hash' => $this->payload->payload_hash,
				'terms'        => (object) $this->terms->report,
				'relations'    => (object) array_intersect_key( $this->terms->ids, array_flip( IGNY8_Terms::RELATIONS ) ),
				'images'       => (object) $this->images,
				'seo_plugin'   => array_intersect_key( IGNY8_Seo::plugin(), array_flip( array( 'active', 'version' ) ) ),
				'seo_served'   => ( new IGNY8_Seo_Outcome( $this->payload->seo, 'post' ) )->served(),
				'steps'        => $this->steps,
				'readback'     => $readback,
			)
		);
		// Were the transaction broken, the end of the claim would be stored by itself.
		$transaction->check();
		IGNY8_Claims::finish( $this->payload->content_id, $this->payload->run_id, $result, $this->attachments() );
		IGNY8_Told::published( $this->payload->content_id, $result );
		IGNY8_Publish_Counts::note( $this->payload->run_id, $result['post_type'], $this->terms->counts() );
		$transaction->commit();
		return $result;
	}

	/**
	 * Opens a transaction.
	 *
	 * @return IGNY8_Transaction
	 */
	private function begin() {
		$transaction          = new IGNY8_Transaction( $this->step );
		$this->transactions[] = $transaction;
		$transaction->begin();
		return $transaction;
	}

	/**
	 * Goes on to a step and notes how long the one before took.
	 *
	 * @param string            $step        Step.
	 * @param IGNY8_Transaction $transaction Transaction.
	 */
	private function to_step( $step, $transaction ) {
		$now           = microtime( true );
		$this->steps[] = array(
			'step' => $this->step,
			'ms'   => (int) round( 1000 * ( $now - $this->since ) ),
		);
		$this->since   = $now;
		$this->step    = $step;
		$transaction->at( $step );
		IGNY8_Progress::step( $step );
	}

	/**
	 * Keeps the old version of the post, of its gallery post and of images whose texts change.
	 */
	private function take_snapshot() {
		$this->gallery = new IGNY8_Gallery_Post( $this->payload, $this->images, $this->row['result'], $this->existing );
		$this->texts   = new IGNY8_Image_Texts( $this->payload, $this->images );
		$touched       = array_merge( null === $this->existing ? array() : array( $this->existing->ID ), $this->gallery->touched(), $this->texts->touched() );
		array_map( array( 'IGNY8_Watcher', 'own' ), $touched );
		if ( array() !== $touched ) {
			$this->snapshot = IGNY8_Snapshot::take( $touched );
			IGNY8_Claims::note_snapshot( $this->payload->content_id, $this->snapshot );
		}
	}

	/**
	 * Attachments as the claim keeps them from now on: those the post uses, and the replaced ones until they are gone.
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
	 * Drops what the object cache holds: another request may have filled it with the old while this one wrote.
	 *
	 * @param int $post_id Post.
	 */
	private function clean_caches( $post_id ) {
		IGNY8_Cleanup::forget_post( $post_id );
		$this->gallery->forget();
		foreach ( array_filter( $this->terms->ids ) as $taxonomy => $ids ) {
			clean_term_cache( $ids, $taxonomy );
		}
		foreach ( $this->images as $image ) {
			wp_cache_delete( $image['attachment_id'], 'posts' );
			wp_cache_delete( $image['attachment_id'], 'post_meta' );
		}
	}

	/**
	 * Takes everything back and frees the claim. What it cannot do now, the sweeper does later.
	 */
	private function undo() {
		self::$unfinished = null;
		$intact           = true;
		$posts            = array();
		$terms            = array();
		foreach ( $this->transactions as $transaction ) {
			$intact = $transaction->rollback() && $intact;
			$posts  = array_merge( $posts, $transaction->posts() );
			$terms  = array_merge( $terms, $transaction->terms() );
		}
		try {
			wp_defer_term_counting( false );
			foreach ( array_unique( $posts ) as $post_id ) {
				IGNY8_Cleanup::remove_post( $post_id );
			}
			foreach ( array_unique( $terms ) as $term_id ) {
				IGNY8_Cleanup::remove_term( $term_id );
			}
			if ( null !== $this->snapshot ) {
				array_map( array( 'IGNY8_Cleanup', 'forget_post' ), IGNY8_Snapshot::post_ids( $this->snapshot ) );
				if ( ! $intact || ! IGNY8_Status::all_innodb() ) {
					IGNY8_Snapshot::restore( $this->snapshot );
				}
			}
			if ( IGNY8_Cleanup::clean( $this->payload->content_id, $this->payload->run_id ) ) {
				IGNY8_Claims::free( $this->payload->content_id, $this->payload->run_id );
			}
		} catch ( Throwable $thrown ) {
			do_action( 'igny8_undo_failed', $thrown );
		}
	}
}
