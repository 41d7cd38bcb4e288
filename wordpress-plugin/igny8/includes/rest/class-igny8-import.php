<?php
/**
 * The route import-content.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.
// phpcs:disable Squiz.Commenting.FunctionCommentThrowTag -- it takes the class that makes an exception for the exception's.

/**
 * Decides what an action does; the steps themselves are elsewhere.
 */
class IGNY8_Import {

	/**
	 * Connection.
	 *
	 * @var array<string,mixed>
	 */
	private $connection;

	/**
	 * Payload.
	 *
	 * @var IGNY8_Payload
	 */
	private $payload;

	/**
	 * The checks of this very request's claim, if that claim is new: nothing can have changed them since.
	 *
	 * @var IGNY8_Preflight|null
	 */
	private $checked;

	/**
	 * Does what the body asks for.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return array<string,mixed>|object The contract's result.
	 * @throws IGNY8_Exception When it cannot be done.
	 */
	public static function answer( $request ) {
		return ( new self( $request->connection, IGNY8_Payload::from_request( $request ) ) )->act();
	}

	/**
	 * Takes what it works with.
	 *
	 * @param array<string,mixed> $connection Connection.
	 * @param IGNY8_Payload       $payload    Payload.
	 */
	private function __construct( $connection, $payload ) {
		$this->connection = $connection;
		$this->payload    = $payload;
	}

	/**
	 * Does the action.
	 *
	 * @return array<string,mixed>|object The contract's result.
	 * @throws IGNY8_Exception When it cannot be done.
	 */
	private function act() {
		IGNY8_Tables::make_missing();
		switch ( $this->payload->action ) {
			case 'preflight':
				$preflight = $this->preflight( IGNY8_Claims::row( $this->payload->content_id ) );
				$preflight->check();
				return $preflight->result();
			case 'claim':
				return $this->claim();
			case 'publish':
				return $this->publish();
			case 'claim_publish':
				$claim  = $this->claim();
				$result = null === $claim['result'] ? $this->publish() : $claim['result'];
				return array_merge( (array) $result, array( 'warnings' => $claim['warnings'] ) );
			default:
				return $this->abort();
		}
	}

	/**
	 * Steps 1 and 2.
	 *
	 * @return array<string,mixed>
	 * @throws IGNY8_Exception When something stands in the way, or another run is at work.
	 */
	private function claim() {
		$this->refuse_clone();
		$row    = IGNY8_Claims::row( $this->payload->content_id );
		$result = $this->done( $row );
		if ( null !== $result ) {
			return array_merge( $this->preflight( $row )->result(), array( 'claim' => 'done' ), compact( 'result' ) );
		}
		$preflight = $this->preflight( $row );
		$preflight->check();
		$claim = IGNY8_Claims::take( $this->payload->content_id, $this->payload->run_id, $row );
		if ( 'done' === $claim ) {
			$result = $this->done( IGNY8_Claims::row( $this->payload->content_id ) );
		}
		$this->checked = 'new' === $claim ? $preflight : null;
		if ( 'done' !== $claim ) {
			$this->refuse_edited( $preflight );
		}
		if ( null === $row || null === $row['result'] ) {
			$text = $preflight instanceof IGNY8_Term_Preflight ? $preflight->description() : ( null === $preflight->existing ? '' : $preflight->existing->post_content );
			IGNY8_Lost_Media::mark( $this->payload, $text, null === $preflight->existing ? 0 : $preflight->existing->ID );
		}
		$this->claim_known_images();
		return array_merge( $preflight->result(), compact( 'claim', 'result' ) );
	}

	/**
	 * Before anything is sent for it: nobody has changed what the publish would write.
	 *
	 * @param IGNY8_Preflight $preflight Checks.
	 * @throws IGNY8_Exception When somebody has; then the claim is free again.
	 */
	private function refuse_edited( $preflight ) {
		try {
			$preflight->refuse_edited( IGNY8_Claims::row( $this->payload->content_id ) );
		} catch ( IGNY8_Exception $conflict ) {
			$this->clean_and_release();
			throw $conflict;
		}
	}

	/**
	 * Notes on the claim the images that are there already: the run that brought them may yet be aborted.
	 */
	private function claim_known_images() {
		$known_ids = IGNY8_Media::find( $this->payload->hashes() );
		$row       = array() === $known_ids ? null : IGNY8_Claims::row( $this->payload->content_id );
		if ( null === $row ) {
			return;
		}
		foreach ( array_diff( $known_ids, array_column( $row['attachments'], 'id' ) ) as $id ) {
			$entry = array(
				'id'  => $id,
				'new' => 0,
			);
			IGNY8_Claims::add_attachment( $this->payload->content_id, $this->payload->run_id, $entry );
		}
	}

	/**
	 * Steps 4 to 6.
	 *
	 * @return array<string,mixed>|object
	 * @throws IGNY8_Exception When it fails; then nothing of it is left.
	 */
	private function publish() {
		$content_id = $this->payload->content_id;
		// What this very request has just claimed need not be looked at again before the lock.
		if ( null === $this->checked ) {
			$row    = IGNY8_Claims::row( $content_id );
			$result = $this->done( $row );
			if ( null !== $result ) {
				return $result;
			}
			$this->refuse_clone();
			IGNY8_Claims::require_claim( $row, $this->payload->run_id, 'content' );
		}
		if ( ! IGNY8_Claims::try_lock( $content_id, IGNY8_Claims::LOCK_SECONDS ) ) {
			throw IGNY8_Claims::busy_error();
		}
		try {
			// Another request of this run may have finished while this one waited for the database.
			$row    = IGNY8_Claims::row( $content_id );
			$result = $this->done( $row );
			return null === $result ? $this->write( IGNY8_Claims::require_claim( $row, $this->payload->run_id, 'content' ) ) : $result;
		} finally {
			IGNY8_Claims::unlock( $content_id );
		}
	}

	/**
	 * Writes, after what a crashed attempt of the same run may have left is gone.
	 *
	 * @param array<string,mixed> $row Claim.
	 * @return array<string,mixed>
	 * @throws IGNY8_Exception When it fails.
	 */
	private function write( $row ) {
		if ( '' !== $row['phase'] ) {
			IGNY8_Cleanup::undo_writing( $row );
		}
		$preflight = $this->checked;
		try {
			if ( null === $preflight ) {
				$preflight = $this->preflight( $row );
				$preflight->check();
			}
		} catch ( IGNY8_Exception $problem ) {
			$this->clean_and_release();
			throw $problem;
		}
		if ( IGNY8_Term_Page::TYPE === $this->payload->post['type'] ) {
			return ( new IGNY8_Term_Publisher( $this->payload, $row, IGNY8_Term_Page::find( $this->payload, $row ) ) )->run();
		}
		return ( new IGNY8_Post_Publisher( $this->payload, $row, $preflight->existing ) )->run();
	}

	/**
	 * Removes what the run made.
	 *
	 * @return array<string,mixed>
	 * @throws IGNY8_Exception When the run is publishing at this moment.
	 */
	private function abort() {
		$row          = IGNY8_Claims::row( $this->payload->content_id );
		$result       = $this->done( $row );
		$is_own_claim = null !== $row && 'claimed' === $row['state'] && $row['run_id'] === $this->payload->run_id;
		if ( null !== $result || ! $is_own_claim ) {
			return array(
				'aborted' => false,
				'result'  => $result,
			);
		}
		if ( ! IGNY8_Claims::try_lock( $this->payload->content_id, IGNY8_Claims::LOCK_SECONDS ) ) {
			throw IGNY8_Claims::busy_error();
		}
		$this->clean_and_release();
		IGNY8_Claims::unlock( $this->payload->content_id );
		$result = $this->done( IGNY8_Claims::row( $this->payload->content_id ) );
		return array(
			'aborted' => null === $result,
			'result'  => $result,
		);
	}

	/**
	 * Cleans and frees the claim.
	 */
	private function clean_and_release() {
		if ( IGNY8_Cleanup::clean( $this->payload->content_id, $this->payload->run_id ) ) {
			IGNY8_Claims::release( $this->payload->content_id, $this->payload->run_id );
		}
	}

	/**
	 * What this run answered when it published, if it has.
	 *
	 * @param array<string,mixed>|null $row Row.
	 * @return object|null
	 */
	private function done( $row ) {
		return null !== $row && $row['done_run_id'] === $this->payload->run_id ? $row['answer'] : null;
	}

	/**
	 * Step 1.
	 *
	 * @param array<string,mixed>|null $row Row.
	 * @return IGNY8_Preflight
	 */
	private function preflight( $row ) {
		$class = IGNY8_Term_Page::TYPE === $this->payload->post['type'] ? 'IGNY8_Term_Preflight' : 'IGNY8_Preflight';
		return new $class( $this->payload, $this->connection, $row );
	}

	/**
	 * A copy of the site publishes nothing.
	 *
	 * @throws IGNY8_Exception On a copy.
	 */
	private function refuse_clone() {
		if ( IGNY8_Connection::is_clone( $this->connection ) ) {
			throw IGNY8_Connection::clone_error( $this->connection );
		}
	}
}
