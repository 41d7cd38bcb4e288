<?php
/**
 * Step 1 for the page of a term.
 *
 * @package IGNY8
 */

/**
 * Finds all that would stop a publish to a term, at once, and changes nothing.
 */
class IGNY8_Term_Preflight extends IGNY8_Preflight {

	/**
	 * WordPress filters descriptions, whoever writes them.
	 */
	const ALWAYS_FILTERED = true;

	const KIND = 'term';

	/**
	 * Term, or 0 while it is still to be made.
	 *
	 * @var int
	 */
	private $term_id = 0;

	/**
	 * Looks at what there is.
	 *
	 * @param IGNY8_Payload            $payload    Payload.
	 * @param array<string,mixed>      $connection Connection.
	 * @param array<string,mixed>|null $row        Claim row.
	 */
	public function __construct( $payload, $connection, $row ) {
		$this->payload    = $payload;
		$this->connection = $connection;
		// The tables cannot be asked for a name that they cannot hold; it is told with the problems.
		$this->term_id       = array() === IGNY8_Charset_Check::unsupported( $payload ) ? IGNY8_Term_Page::find( $payload, $row ) : 0;
		$this->existing_hash = null === $row ? '' : $row['payload_hash'];
	}

	/**
	 * Raises when what would be updated is not what the app knew.
	 *
	 * @param array<string,mixed>|null $row Claim row.
	 */
	public function refuse_edited( $row ) {
		( new IGNY8_Base( $this->payload, $row ) )->refuse_edited_term( $this->term_id );
	}

	/**
	 * The text that is there now.
	 *
	 * @return string
	 */
	public function description() {
		return 0 === $this->term_id ? '' : (string) get_term_field( 'description', $this->term_id, $this->payload->post['taxonomy'], 'raw' );
	}

	/**
	 * Whether the term is there, without a text.
	 *
	 * @return bool
	 */
	protected function is_stored_empty() {
		return 0 !== $this->term_id && ! IGNY8_Body::has_visible_content( $this->description() );
	}

	/**
	 * The contract's result.
	 *
	 * @return array<string,mixed>
	 */
	public function result() {
		$existing = null;
		if ( 0 !== $this->term_id ) {
			$existing = array(
				'term_id'      => $this->term_id,
				'permalink'    => (string) get_term_link( $this->term_id, $this->payload->post['taxonomy'] ),
				'payload_hash' => $this->existing_hash,
			);
		}
		return array_merge( parent::result(), compact( 'existing' ) );
	}

	/**
	 * Taxonomy, term and user.
	 *
	 * @return bool False: what is checked of posts does not concern a term.
	 */
	protected function check_type() {
		$name     = $this->payload->post['taxonomy'];
		$taxonomy = get_taxonomy( $name );
		if ( false === $taxonomy || ! $taxonomy->publicly_queryable ) {
			/* translators: %s: taxonomy. */
			$this->problem( 'TAXONOMY_UNKNOWN', 'post.taxonomy', sprintf( __( 'The taxonomy “%s” does not exist on this site, or its terms have no pages.', 'igny8' ), $name ), __( 'Choose a taxonomy of this site.', 'igny8' ) );
			return false;
		}
		if ( '' !== $this->payload->post['external_id'] && ! get_term( (int) $this->payload->post['external_id'], $name ) instanceof WP_Term ) {
			$this->problem( 'TERM_MISSING', 'post.external_id', __( 'The WordPress term this content was imported from is no longer there.', 'igny8' ), __( 'Publish it as a new term, or choose another one.', 'igny8' ) );
		}
		if ( 0 === $this->term_id && ! IGNY8_Settings::get()['auto_create_terms'] ) {
			/* translators: %s: term. */
			$this->problem( 'TERM_UNRESOLVED', 'post.title', sprintf( __( 'The term “%s” does not exist in WordPress, which may not make it.', 'igny8' ), $this->payload->post['title'] ), __( 'Make the term in WordPress, or let IGNY8 create terms in Settings, IGNY8.', 'igny8' ) );
		}
		$allowed = 0 === $this->term_id ? current_user_can( $taxonomy->cap->edit_terms ) : current_user_can( 'edit_term', $this->term_id );
		if ( ! $allowed || ( array() !== $this->payload->images && ! current_user_can( 'upload_files' ) ) ) {
			$this->problem( 'USER_NOT_ALLOWED', '', __( 'The WordPress user that IGNY8 acts as may not change this term.', 'igny8' ), __( 'Choose another acting user in Settings, IGNY8: at least an editor.', 'igny8' ) );
		}
		$this->check_address();
		foreach ( $this->payload->images as $image ) {
			if ( 'inline' !== $image['role'] ) {
				$this->warn( 'IMAGE_NOT_SHOWN', __( 'A term has no featured image and no gallery: only images in its text are shown.', 'igny8' ), 'images' );
				break;
			}
		}
		return false;
	}

	/**
	 * Whose the address is that the term would get: below no base of their own, or with the same one, terms can take
	 * that of a page.
	 */
	protected function check_address() {
		$slug = IGNY8_Term_Page::planned_slug( $this->payload, $this->term_id );
		$term = 0 === $this->term_id ? null : get_term( $this->term_id, $this->payload->post['taxonomy'] );
		if ( '' === $slug || ( null !== $term && $term->slug === $slug ) ) {
			return;
		}
		$planned_term = null === $term ? new WP_Term( (object) array( 'taxonomy' => $this->payload->post['taxonomy'] ) ) : clone $term;

		$planned_term->slug = $slug;
		$link               = get_term_link( $planned_term );
		$holder             = is_string( $link ) ? IGNY8_Address_Holder::find( $slug, $link, 0, $this->term_id ) : null;
		if ( null !== $holder ) {
			$this->problem( 'ADDRESS_TAKEN', 'post.slug', IGNY8_Address_Holder::message( $holder ), IGNY8_Address_Holder::cure(), $holder );
		}
	}

	/**
	 * Notes a problem: what is stripped from descriptions is stripped for administrators, too.
	 *
	 * @param string              $code    Code.
	 * @param string              $field   Field.
	 * @param string              $message What is wrong.
	 * @param string              $cure    What to do.
	 * @param array<string,mixed> $details More for the app.
	 */
	protected function problem( $code, $field, $message, $cure, $details = array() ) {
		if ( 'HTML_WOULD_BE_STRIPPED' === $code ) {
			$cure = __( 'Take them out of the text: WordPress allows them in no description, whoever writes it.', 'igny8' );
		}
		parent::problem( $code, $field, $message, $cure, $details );
	}

	/**
	 * A term has no author.
	 */
	protected function check_author() {}

	/**
	 * A term has no gallery.
	 */
	protected function check_gallery() {}
}
