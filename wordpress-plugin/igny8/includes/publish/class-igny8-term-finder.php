<?php
/**
 * Finding terms.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Finds the terms that a payload means among those that are there, all read in one query.
 *
 * Names are compared as the collation of WordPress's tables does: neither case nor accents make another term, but signs
 * do. “C”, “C++” and “C#” are three terms, and WordPress gives them the slugs `c`, `c-2` and `c-3`: a slug that may
 * stand for several names says nothing.
 */
class IGNY8_Term_Finder {

	/**
	 * Stands for a parent that is still to be made.
	 */
	const NEW_PARENT = -1;

	/**
	 * Terms that may be meant: term_id, name, slug, taxonomy, parent.
	 *
	 * @var array<int,object>
	 */
	private $candidates = array();

	/**
	 * Reads the terms that may be meant.
	 *
	 * @param array<int,array<string,mixed>> $terms Terms of the payload.
	 */
	public function __construct( $terms ) {
		global $wpdb;
		if ( array() === $terms ) {
			return;
		}
		$values = array(
			'taxonomy' => array(),
			'slug'     => array( '' ),
			'name'     => array( '' ),
			'term_id'  => array( 0 ),
		);
		foreach ( $terms as $term ) {
			$values['taxonomy'][] = $term['taxonomy'];
			$values['slug'][]     = sanitize_title( $term['slug'] );
			$values['slug'][]     = self::slug( $term['slug'] );
			$values['slug'][]     = self::slug( $term['name'] );
			$values['name'][]     = self::stored_name( self::normalize_unicode( $term['name'] ), $term['taxonomy'] );
			$values['term_id'][]  = (int) $term['external_id'];
		}
		$lists = array();
		foreach ( $values as $column => $list ) {
			$list             = array_unique( $list );
			$lists[ $column ] = $wpdb->prepare( implode( ',', array_fill( 0, count( $list ), '%s' ) ), array_values( $list ) ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
		}
		// phpcs:ignore WordPress.DB.PreparedSQL -- the lists are.
		$this->candidates = $wpdb->get_results( "SELECT t.term_id, t.name, t.slug, x.taxonomy, x.parent FROM {$wpdb->terms} t JOIN {$wpdb->term_taxonomy} x ON x.term_id = t.term_id WHERE x.taxonomy IN ({$lists['taxonomy']}) AND (t.slug IN ({$lists['slug']}) OR t.name IN ({$lists['name']}) OR t.term_id IN ({$lists['term_id']})) ORDER BY t.term_id" );
	}

	/**
	 * The term that is meant, if it is there: by its id, then below its parent by slug or name, then by the slug, then
	 * by the name.
	 *
	 * Below a parent that the payload names, a name found elsewhere is another term, unless it stands at the root.
	 *
	 * @param array<string,mixed> $term  Term of the payload.
	 * @param int|null            $above Term id of the parent; null when any will do.
	 * @return int 0 when it is not.
	 */
	public function find( $term, $above ) {
		$slug = self::slug( $term['slug'] );
		$name = self::normalize_name( $term['name'] );
		$best = array();
		foreach ( $this->candidates as $candidate ) {
			if ( $candidate->taxonomy !== $term['taxonomy'] ) {
				continue;
			}
			if ( (string) $candidate->term_id === $term['external_id'] ) {
				return (int) $candidate->term_id;
			}
			$below     = null === $above || (int) $candidate->parent === $above;
			$same_name = '' !== $name && self::normalize_name( $candidate->name ) === $name;
			if ( '' !== $slug && str_replace( '_', '-', $candidate->slug ) === $slug && ( $same_name || self::is_identified_by_slug( $term['name'], $slug, $candidate->name ) ) ) {
				// An underscore is another way to write a hyphen; but who writes it means the slug that has it.
				$exact = sanitize_title( $term['slug'] ) === $candidate->slug;
				$best += array( ( $below ? 'below ' : '' ) . ( $exact ? 'exact slug' : 'slug' ) => (int) $candidate->term_id );
			} elseif ( $same_name && ( $below || 0 === (int) $candidate->parent ) ) {
				$best += array( $below ? 'below name' : 'name' => (int) $candidate->term_id );
			}
		}
		foreach ( array( 'below exact slug', 'below slug', 'below name', 'exact slug', 'slug', 'name' ) as $kind ) {
			if ( isset( $best[ $kind ] ) ) {
				return $best[ $kind ];
			}
		}
		return 0;
	}

	/**
	 * The terms that are not there.
	 *
	 * @param array<int,array<string,mixed>> $terms    Terms of the payload, parents first.
	 * @param bool                           $may_make Whether those would be made.
	 * @return array<string,mixed>[] Terms.
	 */
	public function missing( $terms, $may_make ) {
		$ids_by_key = array( '' => null );
		$missing    = array();
		foreach ( $terms as $term ) {
			$term_id = $this->find( $term, isset( $ids_by_key[ $term['parent'] ] ) ? $ids_by_key[ $term['parent'] ] : null );
			if ( 0 === $term_id ) {
				$missing[] = $term;
				$term_id   = $may_make ? self::NEW_PARENT : null;
			}
			$ids_by_key += array( $term['key'] => $term_id );
		}
		return $missing;
	}

	/**
	 * Takes a term that was made, so that the next one that means it finds it.
	 *
	 * @param WP_Term $term Term.
	 */
	public function add( $term ) {
		$this->candidates[] = (object) array(
			'term_id'  => $term->term_id,
			'name'     => $term->name,
			'slug'     => $term->slug,
			'taxonomy' => $term->taxonomy,
			'parent'   => $term->parent,
		);
	}

	/**
	 * Slug of a term that was found or added.
	 *
	 * @param int $term_id Term.
	 * @return string
	 */
	public function slug_of( $term_id ) {
		foreach ( $this->candidates as $candidate ) {
			if ( (int) $candidate->term_id === $term_id ) {
				return $candidate->slug;
			}
		}
		return '';
	}

	/**
	 * A text as a slug: lower case, without accents, hyphens between words.
	 *
	 * @param string $text Slug or name.
	 * @return string
	 */
	public static function slug( $text ) {
		return str_replace( '_', '-', sanitize_title( html_entity_decode( self::normalize_unicode( $text ), ENT_QUOTES, 'UTF-8' ) ) );
	}

	/**
	 * A name as wp_insert_term() stores it: its filters take text with slashes and answer with slashes.
	 *
	 * @param string $name     Name.
	 * @param string $taxonomy Taxonomy.
	 * @return string
	 */
	public static function stored_name( $name, $taxonomy ) {
		return wp_unslash( sanitize_term_field( 'name', wp_slash( $name ), 0, $taxonomy, 'db' ) );
	}

	/**
	 * Whether a slug that two terms have makes one of them, although their names differ.
	 *
	 * @param string $name  Name that is sought.
	 * @param string $slug  Slug that is sought.
	 * @param string $other Name of the term that has it.
	 * @return bool
	 */
	private static function is_identified_by_slug( $name, $slug, $other ) {
		$name = self::normalize_name( $name );
		$bare = self::letters_and_digits( $name );
		if ( '' === $name ) {
			return true;
		}
		if ( in_array( self::letters_and_digits( self::normalize_name( $other ) ), array( '', $bare ), true ) ) {
			return false; // The slug of “+” is its term's id.
		}
		// One that was made of the name says nothing without its signs, or with a number where another name had it.
		$base = self::slug( $name );
		if ( '' === $base ) {
			return false; // WordPress made it of the term's id.
		}
		return $slug === $base ? str_replace( ' ', '', $name ) === $bare : 1 !== preg_match( '/^' . preg_quote( $base, '/' ) . '-\d+\z/', $slug );
	}

	/**
	 * The letters and digits of a name.
	 *
	 * @param string $name Name.
	 * @return string
	 */
	private static function letters_and_digits( $name ) {
		return (string) preg_replace( '/[^\p{L}\p{M}\p{N}]/u', '', $name );
	}

	/**
	 * A name without case, accents, and what is between words; but “C++” and “C-” are not “C”.
	 *
	 * @param string $name Name.
	 * @return string
	 */
	private static function normalize_name( $name ) {
		$text = remove_accents( html_entity_decode( self::normalize_unicode( $name ), ENT_QUOTES, 'UTF-8' ) );
		$text = str_replace( array( '’', '‘', '`', '´' ), "'", $text );
		$text = trim( (string) preg_replace( '/\s+/u', ' ', mb_strtolower( $text, 'UTF-8' ) ) );
		return (string) preg_replace( '/(?<=[^\s_-])[\s_-]+(?=[^\s_-])/u', ' ', $text );
	}

	/**
	 * A text whose accents are part of their letters: some systems send them as characters of their own.
	 *
	 * @param string $text Text.
	 * @return string
	 */
	private static function normalize_unicode( $text ) {
		$composed = class_exists( 'Normalizer' ) ? Normalizer::normalize( $text, Normalizer::FORM_C ) : false;
		return is_string( $composed ) ? $composed : $text;
	}
}
