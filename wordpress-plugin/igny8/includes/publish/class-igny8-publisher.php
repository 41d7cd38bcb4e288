<?php
/**
 * Steps 4 to 6, whatever is published.
 *
 * @package IGNY8
 */

/**
 * Writes one content, whole or not at all: what posts and terms share.
 *
 * Images, old version and locks; then a transaction in which the claim is locked, what is there is compared with what
 * the app knew, all is written, read back and stored on the claim; COMMIT. On failure, and when a hook ends PHP,
 * everything that was made is taken back and the claim is free. How a post or a term is written, read back and
 * restored is the subclass's.
 */
abstract class IGNY8_Publisher {

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
	protected $payload;

	/**
	 * Claim as it was before.
	 *
	 * @var array<string,mixed>
	 */
	protected $row;

	/**
	 * Step that errors are told for.
	 *
	 * @var string
	 */
	protected $step;

	/**
	 * Attachment id and URL by hash.
	 *
	 * @var array<string,array<string,mixed>>
	 */
	protected $images = array();

	/**
	 * Transactions, in order.
	 *
	 * @var IGNY8_Transaction[]
	 */
	private $transactions = array();

	/**
	 * Whether this publish holds the lock of those that make terms.
	 *
	 * @var bool
	 */
	private $has_terms_lock = false;

	/**
	 * Takes what it works with.
	 *
	 * @param IGNY8_Payload       $payload Payload.
	 * @param array<string,mixed> $row     Claim.
	 * @param string              $step    Step it begins with.
	 */
	public function __construct( $payload, $row, $step ) {
		$this->payload = $payload;
		$this->row     = $row;
		$this->step    = $step;
	}

	/**
	 * Keeps the old version of what will be written to, and takes the locks that writing needs. No transaction is open.
	 */
	abstract protected function prepare();

	/**
	 * Writes in transactions of begin(), the last of which finish() commits.
	 *
	 * @return array<string,mixed> The contract's result.
	 */
	abstract protected function publish();

	/**
	 * Locks what is there, and raises when somebody changed it since the app last heard of it.
	 *
	 * @param IGNY8_Base $base The state that the app knew.
	 * @throws IGNY8_Exception When somebody did.
	 */
	abstract protected function compare( $base );

	/**
	 * Drops the old version that was kept: nothing was written, and it is older than the edit.
	 */
	abstract protected function drop_snapshot();

	/**
	 * Puts the old version back, once transactions are rolled back and what was made is removed.
	 *
	 * @param bool $intact Whether the database rolled everything back.
	 */
	abstract protected function restore( $intact );

	/**
	 * Notes more in the transaction that ends the claim.
	 *
	 * @param array<string,mixed> $result The contract's result.
	 */
	abstract protected function note_published( $result );

	/**
	 * Drops what the object cache holds: another request may have filled it with the old while this one wrote.
	 */
	abstract protected function clean_caches();

	/**
	 * What tells the state of what was published, as it is now.
	 *
	 * @return array<string,string>|null Null when it is gone.
	 */
	abstract protected function marks();

	/**
	 * Publishes.
	 *
	 * @return array<string,mixed> The contract's result.
	 * @throws IGNY8_Exception When it fails; then nothing of it is left.
	 */
	public function run() {
		self::$unfinished = $this;
		$guard            = new IGNY8_Die_Guard();
		try {
			$this->images = IGNY8_Media::require_attachments( $this->payload->hashes() );
			$this->prepare();
			$result = $this->publish();
		} catch ( Throwable $thrown ) {
			$guard->release();
			$problem = IGNY8_Exception::from_hook( $thrown, $this->step );
			$this->undo();
			throw $problem;
		} finally {
			$guard->release();
			self::$unfinished = null;
			if ( $this->has_terms_lock ) {
				IGNY8_Terms::unlock();
			}
		}
		$this->clean_caches();
		IGNY8_Replaced_Images::after_publish( $this->payload->content_id );
		// Before the outbox is sent, which may take long: what a person changes meanwhile is an edit.
		add_action( 'shutdown', array( $this, 'save_final_state' ), PHP_INT_MAX - 1 );
		return $result;
	}

	/**
	 * Notes the state when all hooks of this request are through: another plugin may have rewritten what was saved.
	 */
	public function save_final_state() {
		$marks = $this->marks();
		if ( null !== $marks ) {
			IGNY8_Claims::save_final_state( $this->payload->content_id, $this->payload->run_id, $marks['content_hash'] . ':' . $marks['parts'] );
		}
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
	 * Opens a transaction.
	 *
	 * @return IGNY8_Transaction
	 */
	protected function begin() {
		$transaction          = new IGNY8_Transaction( $this->step );
		$this->transactions[] = $transaction;
		$transaction->begin();
		return $transaction;
	}

	/**
	 * Lets no other publish make terms until this one has ended.
	 */
	protected function lock_terms() {
		IGNY8_Terms::lock();
		$this->has_terms_lock = true;
	}

	/**
	 * The last look, with claim and object locked: an edit that comes later waits, and finds what this publish wrote.
	 *
	 * @throws IGNY8_Exception When the claim is lost, or somebody changed the object since the app last heard of it.
	 */
	protected function lock_and_compare() {
		IGNY8_Claims::lock_row( $this->payload->content_id, $this->payload->run_id );
		try {
			$this->compare( new IGNY8_Base( $this->payload, $this->row ) );
		} catch ( IGNY8_Exception $conflict ) {
			$this->drop_snapshot();
			throw $conflict;
		}
	}

	/**
	 * Stores the result on the claim, which ends it, and commits.
	 *
	 * @param IGNY8_Transaction   $transaction Transaction.
	 * @param array<string,mixed> $result      The contract's result.
	 * @return array<string,mixed> The same.
	 */
	protected function finish( $transaction, $result ) {
		// Were the transaction broken, the end of the claim would be stored by itself.
		$transaction->check();
		IGNY8_Claims::finish( $this->payload->content_id, $this->payload->run_id, $result, $this->attachments() );
		IGNY8_Claims::forget_former( null === $this->payload->base ? '' : $this->payload->base['former'], $result['post_id'] );
		$this->note_published( $result );
		$transaction->commit();
		return $result;
	}

	/**
	 * What results of posts and of terms share.
	 *
	 * @param bool               $created  Whether it was made.
	 * @param array<string,bool> $readback The contract's readback.
	 * @return array<string,mixed>
	 */
	protected function outcome( $created, $readback ) {
		return array(
			'created'      => $created,
			'payload_hash' => $this->payload->payload_hash,
			'marker'       => IGNY8_Head::version( $this->payload ),
			'images'       => (object) $this->images,
			'seo_plugin'   => array_intersect_key( IGNY8_Seo::plugin(), array_flip( array( 'active', 'version' ) ) ),
			'readback'     => $readback,
		);
	}

	/**
	 * Attachments as the claim keeps them from now on: those that are used, and the replaced ones until they are gone.
	 *
	 * @return array<int,array<string,int>>
	 */
	private function attachments() {
		$attachments = array();
		foreach ( $this->images as $image ) {
			$attachments[] = array(
				'id'  => $image['attachment_id'],
				'new' => 0,
			);
		}
		return array_merge( $attachments, IGNY8_Replaced_Images::marked( $this->row['attachments'], array_column( $attachments, 'id' ) ) );
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
			$this->restore( $intact );
			if ( IGNY8_Cleanup::clean( $this->payload->content_id, $this->payload->run_id ) ) {
				IGNY8_Claims::release( $this->payload->content_id, $this->payload->run_id );
			}
		} catch ( Throwable $thrown ) {
			do_action( 'igny8_undo_failed', $thrown );
		}
	}
}
