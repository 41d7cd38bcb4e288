<?php
/**
 * Steps 4 to 6 for a post.
 *
 * @package IGNY8
 */

/**
 * Writes a post, a page or a product.
 *
 * A new post is a draft in one transaction, read back before COMMIT, and goes live in a second one that also ends
 * the claim. An update is one transaction.
 */
class IGNY8_Post_Publisher extends IGNY8_Publisher {

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
	 * Post, once it is saved.
	 *
	 * @var int
	 */
	private $post_id = 0;

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
		parent::__construct( $payload, $row, 'media' );
		$this->existing = $existing;
		$this->terms    = new IGNY8_Terms( $payload->run_id );
		$this->since    = microtime( true );
		IGNY8_Progress::start( $payload->run_id, $payload->content_id, '' === $payload->task_id ? null : $payload->task_id );
	}

	/**
	 * Keeps the old version of the post, of its gallery post and of images whose texts change; locks the making of terms
	 * when there are terms to be made.
	 */
	protected function prepare() {
		wp_defer_term_counting( true );
		$this->gallery = new IGNY8_Gallery_Post( $this->payload, $this->images, $this->row['result'], $this->existing );
		$this->texts   = new IGNY8_Image_Texts( $this->payload, $this->images );
		$touched       = array_merge( null === $this->existing ? array() : array( $this->existing->ID ), $this->gallery->touched(), $this->texts->touched() );
		array_map( array( 'IGNY8_Watcher', 'mark_own' ), $touched );
		if ( array() !== $touched ) {
			$this->snapshot = IGNY8_Snapshot::take( $touched );
			IGNY8_Claims::note_snapshot( $this->payload->content_id, $this->snapshot );
		}
		if ( ! IGNY8_Terms::all_exist( $this->payload ) ) {
			$this->lock_terms();
		}
	}

	/**
	 * Publishes.
	 *
	 * @return array<string,mixed> The contract's result.
	 */
	protected function publish() {
		return null === $this->existing ? $this->create() : $this->update();
	}

	/**
	 * A new post.
	 *
	 * @return array<string,mixed>
	 */
	private function create() {
		$transaction = $this->begin();
		$this->write( $transaction );
		$this->writer->read_back( $this->terms->ids );
		IGNY8_Claims::note_draft( $this->payload->content_id, $this->post_id );
		$transaction->commit();
		$this->clean_caches();

		$transaction = $this->begin();
		$this->to_step( 'commit', $transaction );
		IGNY8_Claims::lock_row( $this->payload->content_id, $this->payload->run_id );
		$this->writer->make_public( $this->link, $this->gallery->make_public() );
		return $this->finish( $transaction, $this->read_back( $transaction ) );
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
		$this->gallery->make_public();
		return $this->finish( $transaction, $this->read_back( $transaction ) );
	}

	/**
	 * Writes terms, post and meta.
	 *
	 * @param IGNY8_Transaction $transaction Transaction.
	 */
	private function write( $transaction ) {
		$this->lock_and_compare();
		$this->to_step( 'taxonomies', $transaction );
		$this->terms->resolve( $this->payload );
		$this->to_step( 'content', $transaction );
		$this->link    = $this->gallery->save();
		$this->writer  = new IGNY8_Post_Writer( $this->payload, $this->existing, $this->images, $this->link );
		$this->post_id = $this->writer->save();
		IGNY8_Watcher::mark_own( $this->post_id );
		IGNY8_Progress::send_message( 'content', 75, __( 'Assigning terms', 'igny8' ) );
		$this->terms->assign( $this->post_id, IGNY8_Terms::assigned_by( $this->row['result'] ), null === $this->existing );
		IGNY8_Progress::send_message( 'content', 80, __( 'Writing SEO fields', 'igny8' ) );
		$this->writer->write_meta( array_column( $this->row['attachments'], 'id' ) );
		$this->texts->write();
		$transaction->check();
	}

	/**
	 * Locks the post, and raises when somebody changed it, its gallery post or its images' texts.
	 *
	 * @param IGNY8_Base $base The state that the app knew.
	 */
	protected function compare( $base ) {
		$base->refuse_edited_post( $this->existing, true );
		$base->refuse_edited_beside( $this->texts->are_edited(), $this->gallery->is_edited() );
		if ( null !== $this->existing ) {
			// WordPress writes all columns of a post: those that are not ours as they are now.
			IGNY8_Cleanup::forget_post( $this->existing->ID );
			$this->existing = get_post( $this->existing->ID );
		}
	}

	/**
	 * Drops the old version, on the claim too.
	 */
	protected function drop_snapshot() {
		$this->snapshot = null;
		IGNY8_Claims::note_snapshot( $this->payload->content_id, '' );
	}

	/**
	 * Reads back from the database.
	 *
	 * @param IGNY8_Transaction $transaction Transaction.
	 * @return array<string,mixed> The contract's result.
	 */
	private function read_back( $transaction ) {
		wp_defer_term_counting( false );
		$readback = $this->writer->read_back( $this->terms->ids );
		$this->gallery->read_back();
		$this->to_step( 'commit', $transaction );
		return array_merge(
			$this->writer->describe(),
			$this->gallery->describe(),
			$this->outcome( null === $this->existing, $readback ),
			array(
				'terms'      => (object) $this->terms->report,
				'relations'  => (object) array_intersect_key( $this->terms->ids, array_flip( IGNY8_Terms::RELATIONS ) ),
				'seo_served' => ( new IGNY8_Seo_Outcome( $this->payload->seo, 'post' ) )->served(),
				'steps'      => $this->steps,
			)
		);
	}

	/**
	 * Notes what the app was told, and what is to be counted.
	 *
	 * @param array<string,mixed> $result The contract's result.
	 */
	protected function note_published( $result ) {
		IGNY8_Outbox::send_again( $result['post_id'] );
		IGNY8_Publish_Counts::enqueue( $this->payload->run_id, $result['post_type'], $this->terms->counts() );
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
		$transaction->set_step( $step );
		IGNY8_Progress::begin_step( $step );
	}

	/**
	 * Drops what the object cache holds: another request may have filled it with the old while this one wrote.
	 */
	protected function clean_caches() {
		IGNY8_Cleanup::forget_post( $this->post_id );
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
	 * Puts the old version back where the database did not.
	 *
	 * @param bool $intact Whether the database rolled everything back.
	 */
	protected function restore( $intact ) {
		if ( null !== $this->snapshot ) {
			array_map( array( 'IGNY8_Cleanup', 'forget_post' ), IGNY8_Snapshot::post_ids( $this->snapshot ) );
			if ( ! $intact || ! IGNY8_Status::all_innodb() ) {
				IGNY8_Snapshot::restore( $this->snapshot );
			}
		}
	}

	/**
	 * What tells the state of the post, as it is now.
	 *
	 * @return array<string,string>|null
	 */
	protected function marks() {
		$rows = IGNY8_Post_Rows::read( array( $this->post_id ) );
		return isset( $rows[ $this->post_id ] ) ? IGNY8_Post_Item::marks( $rows[ $this->post_id ] ) : null;
	}
}
