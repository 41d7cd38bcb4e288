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
	 * Old version of the post to update, or null.
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
		wp_defer_term_counting( true );
		try {
			$this->find_images();
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
		return $result;
	}

	/**
	 * Undoes a publish or an upload that a hook ended with exit().
	 *
	 * @return string|null Step it was in.
	 */
	public static function undo_unfinished() {
		if ( null === self::$unfinished ) {
			return IGNY8_Upload::undo_unfinished() ? 'media' : null;
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
		$this->writer->flip();
		return $this->finish( $transaction );
	}

	/**
	 * A post that is there.
	 *
	 * @return array<string,mixed>
	 */
	private function update() {
		$this->snapshot = IGNY8_Snapshot::take( $this->existing->ID );
		IGNY8_Claims::note_snapshot( $this->payload->content_id, $this->snapshot );
		$transaction = $this->begin();
		$this->write( $transaction );
		$this->to_step( 'commit', $transaction );
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
		$this->to_step( 'taxonomies', $transaction );
		$this->terms->resolve( $this->payload );
		$this->to_step( 'content', $transaction );
		$this->writer = new IGNY8_Post_Writer( $this->payload, $this->existing, $this->images );
		$post_id      = $this->writer->save();
		$this->terms->assign( $post_id, $this->earlier_terms(), null === $this->existing );
		$this->writer->write_meta( array_column( $this->row['attachments'], 'id' ) );
		$transaction->check();
		return $post_id;
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
		$this->to_step( 'commit', $transaction );
		$result = array_merge(
			$this->writer->describe(),
			array(
				'created'      => null === $this->existing,
				'payload_hash' => $this->payload->payload_hash,
				'terms'        => (object) $this->terms->report,
				'images'       => (object) $this->images,
				'seo_plugin'   => array_intersect_key( IGNY8_Seo::plugin(), array_flip( array( 'active', 'version' ) ) ),
				'steps'        => $this->steps,
				'readback'     => $readback,
			)
		);
		// Were the transaction broken, the end of the claim would be stored by itself.
		$transaction->check();
		IGNY8_Claims::finish( $this->payload->content_id, $this->payload->run_id, $result, $this->attachments() );
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
	}

	/**
	 * Finds the attachments; they were uploaded before.
	 *
	 * @throws IGNY8_Exception When one is not there.
	 */
	private function find_images() {
		$known = IGNY8_Media::find( $this->payload->hashes() );
		foreach ( $this->payload->hashes() as $hash ) {
			if ( ! isset( $known[ $hash ] ) ) {
				throw new IGNY8_Exception( 'IMAGE_MISSING', __( 'An image of this content is not in the media library: it was not uploaded, or was deleted meanwhile.', 'igny8' ), 422, 'media', array( 'sha256' => $hash ), true );
			}
			$this->images[ $hash ] = array(
				'attachment_id' => $known[ $hash ],
				'url'           => (string) wp_get_attachment_url( $known[ $hash ] ),
			);
		}
	}

	/**
	 * Attachments as the claim keeps them from now on: those the post uses.
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
		return $kept;
	}

	/**
	 * Terms that the publish before this one assigned.
	 *
	 * @return array<string,int[]>
	 */
	private function earlier_terms() {
		$earlier = array();
		$report  = null !== $this->row['result'] && isset( $this->row['result']['terms'] ) ? $this->row['result']['terms'] : array();
		foreach ( $report as $taxonomy => $part ) {
			$earlier[ $taxonomy ] = array_map( 'intval', array_column( $part['assigned'], 'term_id' ) );
		}
		return $earlier;
	}

	/**
	 * Drops what the object cache holds: another request may have filled it with the old while this one wrote.
	 *
	 * @param int $post_id Post.
	 */
	private function clean_caches( $post_id ) {
		IGNY8_Cleanup::forget_post( $post_id );
		foreach ( array_filter( $this->terms->ids ) as $taxonomy => $ids ) {
			clean_term_cache( $ids, $taxonomy );
		}
		foreach ( $this->images as $image ) {
			wp_cache_delete( $image['attachment_id'], 'posts' );
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
				IGNY8_Cleanup::forget_post( $this->existing->ID );
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
