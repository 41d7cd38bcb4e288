<?php
/**
 * Steps 4 to 6 for the page of a term.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * Writes a content whose post type is `term`: the description and the SEO fields of a category, a tag or a term of
 * another taxonomy, in one transaction.
 */
class IGNY8_Term_Publisher extends IGNY8_Publisher {

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
	private $snapshot;

	/**
	 * Takes what it works with.
	 *
	 * @param IGNY8_Payload       $payload Payload.
	 * @param array<string,mixed> $row     Claim.
	 * @param int                 $term_id Term, or 0 to make it.
	 */
	public function __construct( $payload, $row, $term_id ) {
		parent::__construct( $payload, $row, 'content' );
		$this->term_id = $term_id;
	}

	/**
	 * Locks the making of terms, and keeps the old version.
	 */
	protected function prepare() {
		$this->lock_terms();
		$this->snapshot = 0 === $this->term_id ? null : IGNY8_Term_Snapshot::take( $this->term_id );
	}

	/**
	 * Publishes.
	 *
	 * @return array<string,mixed> The contract's result.
	 */
	protected function publish() {
		$transaction = $this->begin();
		$this->lock_and_compare();
		$this->write();
		$transaction->set_step( 'commit' );
		return $this->finish( $transaction, $this->read_back() );
	}

	/**
	 * Locks the term, and raises when somebody changed it.
	 *
	 * @param IGNY8_Base $base The state that the app knew.
	 */
	protected function compare( $base ) {
		$base->refuse_edited_term( $this->term_id, true );
	}

	/**
	 * Drops the old version.
	 */
	protected function drop_snapshot() {
		$this->snapshot = null;
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
			$new_term = wp_insert_term( wp_slash( $post['title'] ), $taxonomy, array( 'slug' => IGNY8_Term_Finder::slug( $post['slug'] ) ) );
			if ( is_wp_error( $new_term ) ) {
				throw $this->failed( $new_term->get_error_message() );
			}
			$this->term_id = (int) $new_term['term_id'];
			$this->created = true;
			add_term_meta( $this->term_id, '_igny8_run_id', $this->payload->run_id );
		}
		update_term_meta( $this->term_id, '_igny8_content_id', $this->payload->content_id );
		update_term_meta( $this->term_id, IGNY8_Head::VERSION, IGNY8_Head::version( $this->payload ) );
		IGNY8_Term_Seo::write( $this->term_id, $taxonomy, $this->payload->seo );
		// WordPress lets a description have what a comment may have; here it may have what a post may have.
		$had_comment_filter = remove_filter( 'pre_term_description', 'wp_filter_kses' );
		add_filter( 'pre_term_description', 'wp_filter_post_kses' );
		try {
			$values = array(
				'name'        => wp_slash( $post['title'] ),
				'description' => wp_slash( $this->description() ),
			);
			$result = wp_update_term( $this->term_id, $taxonomy, $values + $this->new_slug() );
		} finally {
			remove_filter( 'pre_term_description', 'wp_filter_post_kses' );
			if ( $had_comment_filter ) {
				add_filter( 'pre_term_description', 'wp_filter_kses' );
			}
		}
		if ( is_wp_error( $result ) ) {
			throw $this->failed( $result->get_error_message() );
		}
	}

	/**
	 * The slug to write over the one that a term has.
	 *
	 * @return array<string,string>
	 */
	private function new_slug() {
		$slug = $this->created ? '' : IGNY8_Term_Page::planned_slug( $this->payload, $this->term_id );
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
		return IGNY8_Term_Item::marks( $this->term_id, $taxonomy ) + $this->outcome(
			$this->created,
			array(
				'title'   => $name === $this->payload->post['title'],
				'content' => $row->description === $this->description(),
				'seo'     => $seo,
			)
		) + array(
			'slug'        => $row->slug,
			'post_id'     => 0,
			'term_id'     => $this->term_id,
			'taxonomy'    => $taxonomy,
			'post_type'   => IGNY8_Term_Page::TYPE,
			'permalink'   => (string) get_term_link( $this->term_id, $taxonomy ),
			'edit_url'    => admin_url( 'term.php?taxonomy=' . $taxonomy . '&tag_ID=' . $this->term_id ),
			'post_status' => 'publish',
			'posts'       => (int) $row->count,
			'terms'       => (object) array(),
			'seo_served'  => ( new IGNY8_Seo_Outcome( $this->payload->seo, 'term' ) )->served( $this->term_id ),
			'stored'      => array( 'seo' => IGNY8_Term_Item::seo( $this->term_id, $taxonomy ) ) + array_diff_assoc(
				array(
					'title'   => $name,
					'content' => $row->description,
				),
				array(
					'title'   => $this->payload->post['title'],
					'content' => $this->description(),
				)
			),
		);
	}

	/**
	 * Terms are neither counted nor kept from coming back as events.
	 *
	 * @param array<string,mixed> $result The contract's result.
	 */
	protected function note_published( $result ) {}

	/**
	 * Drops what the object cache holds.
	 */
	protected function clean_caches() {
		clean_term_cache( $this->term_id, $this->payload->post['taxonomy'] );
	}

	/**
	 * Puts the old version back where it differs.
	 *
	 * @param bool $intact Whether the database rolled everything back.
	 */
	protected function restore( $intact ) {
		if ( null !== $this->snapshot ) {
			IGNY8_Term_Snapshot::restore( $this->snapshot );
		}
	}

	/**
	 * What tells the state of the term, as it is now.
	 *
	 * @return array<string,string>|null
	 */
	protected function marks() {
		return IGNY8_Term_Item::marks( $this->term_id, $this->payload->post['taxonomy'] );
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
